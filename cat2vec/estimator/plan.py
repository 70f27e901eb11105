"""What is about to be trained: features, tokens, pairs, memory, solver, and what was decided.

Takes an ``EncodedTable`` or its ``Vocabulary``. Gives a ``Plan``, or lines of text. Trains and
prints nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

from cat2vec.errors import in_words
from cat2vec.inspection.redundant import redundant_in_words, redundant_pairs
from cat2vec.tables.encode import EncodedTable
from cat2vec.tables.remarks import Remark
from cat2vec.training.choice import choose_solver, estimated_cost, pairs_in_rows
from cat2vec.training.settings import Settings
from cat2vec.vocabulary.vocabulary import RARE, Codec, Vocabulary, category_text

if TYPE_CHECKING:
    import pandas as pd

#: What Arrow's types are called.
TYPE_NAMES = {"string": "text", "large_string": "text", "double": "number", "bool": "boolean"}


@dataclass(frozen=True)
class PlannedFeature:
    """A feature as it will be trained; ``str`` is its line.

    Parameters
    ----------
    feature, column : str
        The column that it is read from has another name where a date was taken apart.
    kind : str
        What its cells are, in words.
    n_categories : int
        Bins, where it ``has_bins``; without rare categories that share a vector.
    has_bins : bool
    examples : tuple of str
        Its first categories.
    n_rare : int
        Categories that ``min_count`` pooled.
    shared : str or None
        The name of its vocabulary, where it shares one.
    """

    feature: str
    column: str
    kind: str
    n_categories: int
    has_bins: bool
    examples: tuple[str, ...]
    n_rare: int
    shared: str | None
    _line: str = field(default="", repr=False)

    def __str__(self) -> str:
        return self._line


@dataclass(frozen=True)
class Plan:
    """What training will do with a table; ``print(plan)`` shows it in lines.

    Parameters
    ----------
    rows : int
    columns : tuple of str
        All columns of the table.
    features : tuple of PlannedFeature
    left_out : tuple of str
        Columns that no feature is read from.
    remarks : tuple of Remark
        What was decided about columns and may be wanted otherwise.
    tokens : int
    pairs, pairs_in_rows : int
        Distinct pairs of tokens at most, and pairs in all rows.
    memory : int
        Bytes beside the table, about.
    solver : str
    vector_size : int
    seconds : float
        Estimated for the solver, on one core of an ordinary server.
    name : str
        Of the table, if it has one.
    """

    rows: int
    columns: tuple[str, ...]
    features: tuple[PlannedFeature, ...]
    left_out: tuple[str, ...]
    remarks: tuple[Remark, ...]
    tokens: int
    pairs: int
    pairs_in_rows: int
    memory: int
    solver: str
    vector_size: int
    seconds: float
    name: str = ""

    def lines(self) -> list[str]:
        """Write the plan as lines, each with a heading in its first ten characters."""
        name = f"{self.name}: " if self.name else ""
        return [
            f"table     {name}{self.rows:,} rows, {len(self.columns)} columns",
            *_under_a_heading(self.features),
            *([f"left out  {', '.join(self.left_out)}"] if self.left_out else []),
            *(f"note      {remark}" for remark in self.remarks),
            f"tokens    {self.tokens:,}",
            f"pairs     at most {self.pairs:,} distinct, from {self.pairs_in_rows:,} in the rows",
            f"memory    about {max(self.memory / 2**20, 1):,.0f} MB beside the table",
            f"solver    {self.solver}, vector_size {self.vector_size}",
        ]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"

    def to_frame(self) -> pd.DataFrame:
        """Lay the features out as a DataFrame, one row each."""
        import pandas as pd

        rows: list[dict[str, Any]] = [asdict(one) for one in self.features]
        return pd.DataFrame(rows).drop(columns="_line")


def plan_of(
    encoded: EncodedTable,
    columns: Sequence[str],
    settings: Settings,
    name: str = "",
    remarks: Sequence[Remark] = (),
) -> Plan:
    """Say what training will do with a table.

    Parameters
    ----------
    encoded : EncodedTable
        With rare categories pooled.
    columns : sequence of str
        All columns of the table, also those that are left out.
    settings : Settings
        With the solver as it was asked for; "auto" is resolved.
    name : str
        Of the table.
    remarks : sequence of Remark
        On reading the table; those of ``encoded`` follow them.

    Returns
    -------
    Plan

    Examples
    --------
    >>> from cat2vec.tables.encode import encode_table
    >>> encoded = encode_table({"city": ["Oslo", "Rome"], "food": ["cod", "pasta"]})
    >>> plan = plan_of(encoded, ["city", "food", "id"], Settings(vector_size=2), "t.csv")
    >>> plan.solver, plan.left_out, plan.lines()[-1]
    ('counts', ('id',), 'solver    counts, vector_size 2')
    """
    vocabulary = encoded.vocabulary
    cost = estimated_cost(encoded, settings)
    solver = choose_solver(encoded, settings).solver
    held = 2 * encoded.codes.nbytes if encoded.on_disk is None else encoded.on_disk.memory
    memory = held + 16 * vocabulary.n_tokens * settings.vector_size
    memory += cost.counts_bytes if solver == "counts" else 0
    redundant = redundant_in_words(redundant_pairs(encoded, settings.exclude_pairs))
    read_from = set(vocabulary.schema.columns)
    return Plan(
        rows=encoded.n_rows,
        columns=tuple(columns),
        features=planned_features(vocabulary),
        left_out=tuple(column for column in columns if column not in read_from),
        remarks=(*remarks, *encoded.remarks, *([Remark("", redundant)] if redundant else [])),
        tokens=vocabulary.n_tokens,
        pairs=cost.distinct_pairs,
        pairs_in_rows=pairs_in_rows(encoded),
        memory=memory,
        solver=solver,
        vector_size=settings.vector_size,
        seconds=cost.counts_seconds if solver == "counts" else cost.rows_seconds,
        name=name,
    )


def planned_features(vocabulary: Vocabulary) -> tuple[PlannedFeature, ...]:
    """Describe every feature."""
    return tuple(_planned(vocabulary, position) for position in range(vocabulary.n_features))


def feature_lines(vocabulary: Vocabulary) -> list[str]:
    """Describe every feature in one line: its kind, its number of categories, and the first."""
    return _under_a_heading(planned_features(vocabulary))


def _under_a_heading(features: Sequence[PlannedFeature]) -> list[str]:
    return [f"{'' if place else 'features':<10}{one}" for place, one in enumerate(features)]


def _planned(vocabulary: Vocabulary, position: int) -> PlannedFeature:
    name = vocabulary.features[position]
    codec, categories = vocabulary.schema.codecs[position], vocabulary.categories[position]
    kind = _kind_in_words(codec)
    what = "bin" if codec.edges is not None else "category"
    rare = ""
    if n_pooled := len(vocabulary.pooled[position]):
        rows = in_words(vocabulary.counts[vocabulary.rare_tokens[position]].item())
        named = vocabulary.pooled[position][0] is not RARE  # see ``without_rare_names``
        many = f"{n_pooled:,} rare ones" if named else "rare ones without names"
        rare = f" and {many} that share one vector, in {rows} rows"
        categories = categories[:-1]
    if len(categories) != 1:
        what = "bins" if what == "bin" else "categories"
    examples = tuple(category_text(value)[:20] for value in categories[:3])
    more = ", ..." if len(categories) > 3 else ""
    merged = f", {codec.n_merged:,} spellings merged" if codec.n_merged else ""
    shown = f" ({', '.join(examples)}{more})" if len(categories) else ""
    together = vocabulary.schema.name_of[name]
    shared = f", shared as {together}" if together != name else ""
    return PlannedFeature(
        feature=name,
        column=vocabulary.schema.columns[position],
        kind=kind,
        n_categories=len(categories),
        has_bins=codec.edges is not None,
        examples=examples,
        n_rare=n_pooled,
        shared=together if shared else None,
        _line=f"{name}: {kind}, {len(categories):,} {what}{shown}{rare}{merged}{shared}",
    )


def _kind_in_words(codec: Codec) -> str:
    reading = codec.reading
    if reading.part is not None:
        return f"{reading.part} of {reading.column}"
    dtype = re.sub(r"^list<(.*)>$", r"\1", codec.dtype)
    kind = TYPE_NAMES.get(dtype, re.sub(r"^u?int\d+$", "integer", dtype))
    kind = f"several {kind}" if reading.multivalued else kind
    kind += " with pairs inside a cell" if reading.within else ""
    return f"{kind} in order" if codec.order is not None else kind
