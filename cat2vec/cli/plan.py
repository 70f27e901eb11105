"""What is about to be trained, in lines for people: features, tokens, pairs, memory, solver.

Takes an ``EncodedTable`` or its ``Vocabulary``. Gives lines of text. Trains and prints nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cat2vec.errors import in_words
from cat2vec.tables.encode import EncodedTable
from cat2vec.tables.remarks import Remark
from cat2vec.training.choice import choose_solver, estimated_cost, pairs_in_rows
from cat2vec.training.settings import Settings
from cat2vec.vocabulary.vocabulary import Codec, Vocabulary, category_text

#: What the command line calls Arrow's types.
TYPE_NAMES = {"string": "text", "large_string": "text", "double": "number", "bool": "boolean"}


def plan_lines(
    encoded: EncodedTable,
    name: str,
    columns: Sequence[str],
    solver: str,
    vector_size: int,
    remarks: Sequence[Remark] = (),
) -> list[str]:
    """Say what training will do with a table.

    Parameters
    ----------
    encoded : EncodedTable
    name : str
        Of the table.
    columns : sequence of str
        All columns of the table, also those that are left out.
    solver : str
        As it was asked for; "auto" is resolved.
    vector_size : int
    remarks : sequence of Remark
        On reading the table; those of ``encoded`` follow them.

    Returns
    -------
    list of str

    Examples
    --------
    >>> from cat2vec.tables.encode import encode_table
    >>> encoded = encode_table({"city": ["Oslo", "Rome"], "food": ["cod", "pasta"]})
    >>> print(plan_lines(encoded, "t.csv", ["city", "food", "id"], "auto", 2)[-1])
    solver    counts, vector_size 2
    """
    vocabulary = encoded.vocabulary
    in_rows = pairs_in_rows(encoded)
    settings = Settings(vector_size, solver=solver)
    cost = estimated_cost(encoded, settings)
    chosen = choose_solver(encoded, settings).solver
    bytes_needed = 2 * encoded.codes.nbytes + 16 * vocabulary.n_tokens * vector_size
    bytes_needed += cost.counts_bytes if chosen == "counts" else 0
    left_out = [column for column in columns if column not in vocabulary.schema.columns]
    return [
        f"table     {name}: {encoded.n_rows:,} rows, {len(columns)} columns",
        *feature_lines(vocabulary),
        *([f"left out  {', '.join(left_out)}"] if left_out else []),
        *(f"note      {remark}" for remark in (*remarks, *encoded.remarks)),
        f"tokens    {vocabulary.n_tokens:,}",
        f"pairs     at most {cost.distinct_pairs:,} distinct, from {in_rows:,} in the rows",
        f"memory    about {max(bytes_needed / 2**20, 1):,.0f} MB beside the table",
        f"solver    {chosen}, vector_size {vector_size}",
    ]


def feature_lines(vocabulary: Vocabulary) -> list[str]:
    """Describe every feature in one line: its kind, its number of categories, and the first."""
    return [
        f"{'features' if position == 0 else '':<10}{_described(vocabulary, position)}"
        for position in range(vocabulary.n_features)
    ]


def _described(vocabulary: Vocabulary, position: int) -> str:
    name = vocabulary.features[position]
    codec, categories = vocabulary.schema.codecs[position], vocabulary.categories[position]
    kind = _kind_in_words(codec)
    what = "bin" if codec.edges is not None else "category"
    rare = ""
    if n_pooled := len(vocabulary.pooled[position]):
        rows = in_words(vocabulary.counts[vocabulary.rare_tokens[position]].item())
        rare = f" and {n_pooled:,} rare ones that share one vector, in {rows} rows"
        categories = categories[:-1]
    if len(categories) != 1:
        what = "bins" if what == "bin" else "categories"
    examples = ", ".join(category_text(value)[:20] for value in categories[:3])
    more = ", ..." if len(categories) > 3 else ""
    merged = f", {codec.n_merged:,} spellings merged" if codec.n_merged else ""
    shown = f" ({examples}{more})" if len(categories) else ""
    together = vocabulary.schema.name_of[name]
    shared = f", shared as {together}" if together != name else ""
    return f"{name}: {kind}, {len(categories):,} {what}{shown}{rare}{merged}{shared}"


def _kind_in_words(codec: Codec) -> str:
    reading = codec.reading
    if reading.part is not None:
        return f"{reading.part} of {reading.column}"
    dtype = re.sub(r"^list<(.*)>$", r"\1", codec.dtype)
    kind = TYPE_NAMES.get(dtype, re.sub(r"^u?int\d+$", "integer", dtype))
    kind = f"several {kind}" if reading.multivalued else kind
    kind += " with pairs inside a cell" if reading.within else ""
    return f"{kind} in order" if codec.order is not None else kind
