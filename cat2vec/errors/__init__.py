"""Every error and warning of cat2vec; each class builds its own sentence.

Takes the facts (names, values, places). Gives exceptions whose text says what is wrong with the
value that was given, what is allowed and what to do. Sentences name parameters by ``named`` and
``setting`` only: as Python or the command line takes them. Knows nothing of tables or models.
"""

from __future__ import annotations

from cat2vec.errors.exceptions import (
    Cat2VecError as Cat2VecError,
)
from cat2vec.errors.exceptions import (
    CellError as CellError,
)
from cat2vec.errors.exceptions import (
    ColumnTypeError as ColumnTypeError,
)
from cat2vec.errors.exceptions import (
    CountsMismatchError as CountsMismatchError,
)
from cat2vec.errors.exceptions import (
    DiskFullError as DiskFullError,
)
from cat2vec.errors.exceptions import (
    FileReadError as FileReadError,
)
from cat2vec.errors.exceptions import (
    KeyCollisionError as KeyCollisionError,
)
from cat2vec.errors.exceptions import (
    MissingPackageError as MissingPackageError,
)
from cat2vec.errors.exceptions import (
    ModelFormatError as ModelFormatError,
)
from cat2vec.errors.exceptions import (
    NoPairsError as NoPairsError,
)
from cat2vec.errors.exceptions import (
    NotAvailableError as NotAvailableError,
)
from cat2vec.errors.exceptions import (
    NothingToScoreError as NothingToScoreError,
)
from cat2vec.errors.exceptions import (
    NumberKeyError as NumberKeyError,
)
from cat2vec.errors.exceptions import (
    OutputExistsError as OutputExistsError,
)
from cat2vec.errors.exceptions import (
    ParameterError as ParameterError,
)
from cat2vec.errors.exceptions import (
    SpillError as SpillError,
)
from cat2vec.errors.exceptions import (
    TableError as TableError,
)
from cat2vec.errors.exceptions import (
    TableNotFoundError as TableNotFoundError,
)
from cat2vec.errors.exceptions import (
    TrainingDivergedError as TrainingDivergedError,
)
from cat2vec.errors.exceptions import (
    UnknownCategoryError as UnknownCategoryError,
)
from cat2vec.errors.exceptions import (
    UnknownFeatureError as UnknownFeatureError,
)
from cat2vec.errors.exceptions import (
    UnseenCategoryError as UnseenCategoryError,
)
from cat2vec.errors.places import map_in as map_in
from cat2vec.errors.places import warn as warn
from cat2vec.errors.places import without_warnings as without_warnings
from cat2vec.errors.warnings import (
    BadLineWarning as BadLineWarning,
)
from cat2vec.errors.warnings import (
    BinnedIdentifierWarning as BinnedIdentifierWarning,
)
from cat2vec.errors.warnings import (
    BinnedNumbersWarning as BinnedNumbersWarning,
)
from cat2vec.errors.warnings import (
    BinWarning as BinWarning,
)
from cat2vec.errors.warnings import (
    Cat2VecWarning as Cat2VecWarning,
)
from cat2vec.errors.warnings import (
    FeatureSizeWarning as FeatureSizeWarning,
)
from cat2vec.errors.warnings import (
    FewClustersWarning as FewClustersWarning,
)
from cat2vec.errors.warnings import (
    HeaderWarning as HeaderWarning,
)
from cat2vec.errors.warnings import (
    IdentifierWarning as IdentifierWarning,
)
from cat2vec.errors.warnings import (
    IndexColumnWarning as IndexColumnWarning,
)
from cat2vec.errors.warnings import (
    MissingValueWarning as MissingValueWarning,
)
from cat2vec.errors.warnings import (
    MixedTypesWarning as MixedTypesWarning,
)
from cat2vec.errors.warnings import (
    NeverTogetherWarning as NeverTogetherWarning,
)
from cat2vec.errors.warnings import (
    NoAnalogyWarning as NoAnalogyWarning,
)
from cat2vec.errors.warnings import (
    NoSignalWarning as NoSignalWarning,
)
from cat2vec.errors.warnings import (
    NotConvergedWarning as NotConvergedWarning,
)
from cat2vec.errors.warnings import (
    NothingSharedWarning as NothingSharedWarning,
)
from cat2vec.errors.warnings import (
    NumberKeysWarning as NumberKeysWarning,
)
from cat2vec.errors.warnings import (
    PriorNotLearnedWarning as PriorNotLearnedWarning,
)
from cat2vec.errors.warnings import (
    RowNumberWarning as RowNumberWarning,
)
from cat2vec.errors.warnings import (
    SmallWeightsWarning as SmallWeightsWarning,
)
from cat2vec.errors.warnings import (
    UnfilledCellsWarning as UnfilledCellsWarning,
)
from cat2vec.errors.warnings import (
    UnseenCategoryWarning as UnseenCategoryWarning,
)
from cat2vec.errors.warnings import (
    UnusedParameterWarning as UnusedParameterWarning,
)
from cat2vec.errors.warnings import (
    VectorSizeWarning as VectorSizeWarning,
)
from cat2vec.errors.wording import (
    closest_name as closest_name,
)
from cat2vec.errors.wording import (
    in_words as in_words,
)
from cat2vec.errors.wording import (
    leaving_out as leaving_out,
)
from cat2vec.errors.wording import (
    listed as listed,
)
from cat2vec.errors.wording import (
    named as named,
)
from cat2vec.errors.wording import (
    naming_options as naming_options,
)
from cat2vec.errors.wording import (
    nearest_name as nearest_name,
)
from cat2vec.errors.wording import (
    option_of as option_of,
)
from cat2vec.errors.wording import (
    pooled_away as pooled_away,
)
from cat2vec.errors.wording import (
    setting as setting,
)
from cat2vec.errors.wording import (
    some_of as some_of,
)
from cat2vec.errors.wording import (
    spelled as spelled,
)

for _error in [*globals().values()]:
    if isinstance(_error, type) and issubclass(_error, (Cat2VecError, Cat2VecWarning)):
        _error.__module__ = __name__  # where users import it from, so what tracebacks show
del _error
