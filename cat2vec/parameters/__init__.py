"""Every parameter once: what it means, which values it takes, and how it is an option.

Takes values of parameters as they were given. Gives sentences about wrong ones, entries for
docstrings and help for the command line. Knows nothing of tables or models.
"""

from __future__ import annotations

from cat2vec.parameters.checks import integer_problem as integer_problem
from cat2vec.parameters.checks import number_problem as number_problem
from cat2vec.parameters.docstrings import documented as documented
from cat2vec.parameters.known import PARAMETERS as PARAMETERS
from cat2vec.parameters.known import Parameter as Parameter
from cat2vec.parameters.known import check_flag as check_flag
from cat2vec.parameters.known import check_parameters as check_parameters
from cat2vec.parameters.known import problems_of_model as problems_of_model
from cat2vec.parameters.known import problems_with as problems_with
from cat2vec.parameters.names import by_feature as by_feature
from cat2vec.parameters.names import check_names_differ as check_names_differ
from cat2vec.parameters.names import feature_name as feature_name
from cat2vec.parameters.names import feature_names as feature_names
from cat2vec.parameters.names import one_or_several as one_or_several
