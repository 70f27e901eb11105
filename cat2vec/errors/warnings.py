"""Every warning of cat2vec; each is about something the user can act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cat2vec.errors.wording import (
    _LIST_LIMIT,
    joined,
    leaving_out,
    listed,
    named,
    pooled_away,
    setting,
    some_of,
    spelled,
)

#: Columns that a warning about many of them names.
_MANY = 20


class Cat2VecWarning(UserWarning):
    """Base class of the warnings; each is about something the user can act on."""


class IdentifierWarning(Cat2VecWarning):
    """Nearly every row of a column has a value of its own, which costs much and tells little."""

    def __init__(self, column: str, n_distinct: int, n_rows: int, advice: str = "") -> None:
        megabytes = 3 * 4 * 32 * n_distinct / 2**20  # three matrices of float32
        if advice:  # it is no identifier
            super().__init__(
                f"column {column!r} has {n_distinct:,} distinct values in {n_rows:,} rows, and a "
                f"value that stands in one row is known by that row only. It is {advice}"
            )
            return
        super().__init__(
            f"column {column!r} has {n_distinct:,} distinct values in {n_rows:,} rows, as "
            f"identifiers have. Their vectors take about {megabytes:,.1f} MB at "
            f"{setting('vector_size', 32)}, and a value that stands in one row is known by that "
            f"row only. Leave it out with {leaving_out()}, or keep it without this warning with "
            f"{setting('columns', {column: 'identifier'})}."
        )


class BinnedIdentifierWarning(IdentifierWarning):
    """Whole numbers that differ in nearly every row, as identifiers do, were cut into bins."""

    def __init__(self, column: str, n_distinct: int, n_rows: int) -> None:
        Cat2VecWarning.__init__(
            self,
            f"column {column!r} has {n_distinct:,} distinct whole numbers in {n_rows:,} rows, as "
            f"identifiers have, and they are cut into bins. Leave it out with {leaving_out()}, "
            f"keep the bins without this warning with {setting('columns', {column: 'numeric'})}, "
            f"or give each number a vector with {setting('columns', {column: 'identifier'})}.",
        )


class RowNumberWarning(IdentifierWarning):
    """A column holds row numbers, such as an index that was written into the table."""

    def __init__(self, column: str) -> None:
        Cat2VecWarning.__init__(
            self,
            f"column {column!r} holds what row numbers look like, and is cut into bins. Where rows "
            f"are sorted, row numbers go with what they are sorted by, which tells nothing of new "
            f"rows. Leave it out with {leaving_out()}, or keep it without this warning with "
            f"{setting('columns', {column: 'numeric'})}.",
        )


class BinnedNumbersWarning(Cat2VecWarning):
    """Whole numbers were cut into bins, and might be codes; of each column: its distinct values."""

    def __init__(self, columns: dict[str, int]) -> None:
        each = [f"{name!r} ({n:,} distinct)" for name, n in columns.items()]
        shown = joined(each[:_MANY], len(each) - _MANY)
        example = setting("columns", {next(iter(columns)): "category"})
        super().__init__(
            f"columns of whole numbers are cut into bins: {shown}. For numbers that are codes "
            f"write {example}; 'numeric' keeps the bins without this warning."
        )


class MissingValueWarning(Cat2VecWarning):
    """A value that was to mean a missing cell stands in no cell."""

    def __init__(self, value: Any, of_column: str, near_column: str, near: Any) -> None:
        where = f"no cell of column {of_column!r}" if of_column else "no cell"
        hint = "Leave it out, or write it as the cells do."
        if near is not None:
            differs = "in blanks or case" if type(near) is type(value) else "in type"
            hint = (
                f"Column {near_column!r} holds {near!r} ({type(near).__name__}), which differs "
                f"{differs}. If that is meant, use {setting('missing_values', [near])}."
            )
            if isinstance(near, str) and near != near.lstrip() and near.strip() == value:
                skip = spelled("read_csv(skipinitialspace=True)", "--skip-initial-space")
                hint = f"{hint[:-1]}, or read the table with {skip}."
        super().__init__(
            f"{named('missing_values')} names {value!r} ({type(value).__name__}), and {where} "
            f"holds it, so no cell became missing by it. {hint}"
        )


class HeaderWarning(Cat2VecWarning):
    """The first line of a CSV file was taken for names of columns and looks like a row."""

    def __init__(self, file: str, cells: Sequence[str]) -> None:
        super().__init__(
            f"{file!r}: line 1 was taken for the names of the columns, and {listed(cells)} look "
            f"like cells of a row. If the file has no header, give "
            f"{spelled('header=False or header=[names]', '--no-header or --names A,B')}; if the "
            f"line stands again further down, take it out there."
        )


class IndexColumnWarning(Cat2VecWarning):
    """A table holds the index of a pandas table as a column, which is left out."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"{listed(names)} is the index of a pandas table and has no name: left out, as row "
            f"numbers tell nothing of the rows. Name it with the others in {named('features')} to "
            f"keep it."
        )


class NoSignalWarning(Cat2VecWarning):
    """A feature cannot carry a vector, because it has fewer than two categories."""

    def __init__(
        self, features: Sequence[str], pooled: Sequence[str] = (), min_count: int = 1
    ) -> None:
        one = len(features) == 1
        names = f"feature {features[0]!r} has" if one else f"{len(features)} features have"
        rest = "" if one else f": {listed(features)}"
        super().__init__(
            f"{names} fewer than two categories and nothing to tell, so zero vectors{rest}. "
            f"Leave {'it' if one else 'them'} out with {leaving_out()}."
            f"{pooled_away(pooled, min_count)}"
        )


class NeverTogetherWarning(Cat2VecWarning):
    """A feature shares no row with another one, so its vectors are zero."""

    def __init__(self, features: Sequence[str]) -> None:
        one = len(features) == 1
        names = f"feature {features[0]!r} is" if one else f"features {listed(features)} are each"
        super().__init__(
            f"{names} present only where all others are missing, so there is nothing to learn from "
            f"and the vectors are zero. Leave {'it' if one else 'them'} out with {leaving_out()}."
        )


class NothingSharedWarning(Cat2VecWarning):
    """Training with shared vocabularies learned nothing, which without them it might."""

    def __init__(self, vocabularies: Sequence[str]) -> None:
        super().__init__(
            f"nothing was learned with {spelled('shared=', '--shared ')}{listed(vocabularies)}. "
            f"Where the values of shared columns go with other values and never with their like "
            f"(from A to B, from B to A), shared vectors miss it. Train without {named('shared')} "
            f"and see whether there is a gain."
        )


class VectorSizeWarning(Cat2VecWarning):
    """More dimensions were asked for than the table carries."""

    def __init__(self, asked: int, used: int) -> None:
        super().__init__(
            f"{setting('vector_size', asked)} is more than this table carries: its features have "
            f"{used} categories beyond their first ones, so at most {used} columns are used and "
            f"the rest are zero. Lower {named('vector_size')} to save memory."
        )


class FeatureSizeWarning(VectorSizeWarning):
    """More numbers were asked of a feature than it carries; of each name: asked, carried."""

    def __init__(self, above: dict[str, tuple[int, int]]) -> None:
        parts = [f"{n} of {name!r}, which carries {used}" for name, (n, used) in above.items()]
        Cat2VecWarning.__init__(
            self,
            f"{named('vector_size')} asks for more numbers than there are: "
            f"{joined(parts[:_LIST_LIMIT], len(parts) - _LIST_LIMIT)} (one less than its "
            f"categories). The rest of their columns are zero.",
        )


class FewClustersWarning(Cat2VecWarning):
    """Fewer clusters of rows were found than were asked for."""

    def __init__(self, asked: int, found: int) -> None:
        there = f"{found} cluster" if found == 1 else f"{found} clusters"
        super().__init__(
            f"{setting('n_clusters', asked)} is more than these rows have: {there} of rows whose "
            f"vectors point in different directions, and no more, were found. Lower "
            f"{named('n_clusters')}, or use {setting('n_clusters', None)}."
        )


class UnfilledCellsWarning(Cat2VecWarning):
    """Missing cells stay missing; of each column: how many, and those that are learned as dates."""

    def __init__(self, n_cells: Mapping[str, int], dates: Sequence[str]) -> None:
        each = [f"{name!r} {n:,}" for name, n in n_cells.items()]
        why = []
        if dates:
            whole = setting("columns", {dates[0]: "category"})
            why = [f"Parts of dates do not say which day; fit with {whole} to fill in whole dates."]
        if others := [name for name in n_cells if name not in dates]:
            why.append(f"No row of fit has a value of {listed(others)} that could be filled in.")
        super().__init__(
            f"missing cells stay missing: {joined(each[:_MANY], len(each) - _MANY)}. "
            + " ".join(why)
        )


class NoAnalogyWarning(Cat2VecWarning):
    """Nothing fits an analogy: its answer is far, and most directions have a nearer one."""

    def __init__(self, asked: Sequence[Any], answer: Any, similarity: float, usual: float) -> None:
        a, b, c = map(repr, asked)
        super().__init__(
            f"nothing fits {a} : {b} = {c} : ? well. The nearest, {answer!r}, has similarity "
            f"{similarity:.2f}, and that to a random direction has {usual:.2f} in the median. "
            f"Take the answer for a guess, or ask with other categories."
        )


class UnseenCategoryWarning(Cat2VecWarning):
    """Cells at transform hold categories that fit did not see."""

    def __init__(
        self,
        counts: dict[str, int],
        n_rows: int,
        handle_unknown: str,
        with_rare: Sequence[str],
        examples: Mapping[str, Sequence[Any]] | None = None,
        alike: str = "",
    ) -> None:
        without = [name for name in counts if name not in with_rare]
        fold_in = (
            f"Use {setting('handle_unknown', 'fold_in')} to find vectors from the other cells of "
            f"their rows, or"
        )
        if handle_unknown == "left out":
            what = "They are left out of the score."
        elif handle_unknown == "no number":
            what = "They are no numbers, as they were in fit, and get zero vectors."
        elif handle_unknown == "said nothing by":
            what = "They say nothing about the other cells of their rows, as missing cells do."
        elif handle_unknown == "zero" or not without:
            zero = handle_unknown == "zero"
            what = (
                f"They get {'zero vectors' if zero else 'the vectors that rare categories share'}. "
                f"{fold_in} {setting('handle_unknown', 'error')} to stop instead."
            )
        else:
            others = "" if len(without) == len(counts) else ", the others those of rare categories"
            what = (
                f"Those of {listed(without)} get zero vectors, as {named('min_count')} pooled no "
                f"categories there{others}. {fold_in} fit with a higher {named('min_count')}."
            )
        held = examples or {}
        cells = [
            f"{name!r} {n:,}" + (f" ({some_of(held[name], 2)})" if held.get(name) else "")
            for name, n in counts.items()
        ]
        shown = joined(cells[:_LIST_LIMIT], len(cells) - _LIST_LIMIT)
        super().__init__(
            f"cells with a category not seen in fit, among {n_rows:,} rows: {shown}. {what}"
            + (f" Mind that {alike}" if alike else "")
        )


class MixedTypesWarning(Cat2VecWarning):
    """New rows hold categories that read like known ones and are others, such as 1 and "1"."""


class NotConvergedWarning(Cat2VecWarning):
    """A solver stopped at its limit of passes and was still getting better."""

    def __init__(self, max_sweeps: int, left: float) -> None:
        super().__init__(
            f"the counts solver stopped after {setting('max_sweeps', max_sweeps)}, about "
            f"{left:.1%} of the gain short of its optimum. Raise {named('max_sweeps')}, or raise "
            f"{named('tol')} to accept that."
        )


class BadLineWarning(Cat2VecWarning):
    """Rows of a CSV file were left out, because they have more or fewer cells than the others."""

    def __init__(self, file: str, n_skipped: int, n_rows: int, examples: Sequence[str]) -> None:
        rows = "row was" if n_skipped == 1 else "rows were"
        super().__init__(
            f"{n_skipped:,} {rows} left out of {file!r}, beside {n_rows:,} that were read: "
            f"{'; '.join(examples)}{'; ...' if n_skipped > len(examples) else ''}. "
            f"{setting('on_bad_line', 'error')} stops there instead."
        )


class NumberKeysWarning(Cat2VecWarning):
    """Keys of exported vectors read as whole numbers, which gensim takes for positions."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"keys such as {key!r} are text, and gensim takes a number for a position: ask for "
            f"{key!r}, as {key} would give the vector of another key. Without a feature to "
            f"export, keys are of the form feature=category."
        )


class BinWarning(Cat2VecWarning):
    """A number is asked for, and its feature knows bins only."""

    def __init__(self, feature: str, number: Any, label: str) -> None:
        super().__init__(
            f"feature {feature!r} holds bins, and {number} lies in {label!r}: the answer is that "
            f"of the bin. Ask for {label!r}, or, if its numbers are codes, fit with "
            f"{setting('columns', {feature: 'category'})}."
        )


class PriorNotLearnedWarning(Cat2VecWarning):
    """The strength of the prior was to be learned by a solver that cannot."""

    def __init__(self, solver: str, usual: float) -> None:
        instead = "has no prior" if solver == "gensim" else f"takes {usual:g} instead"
        super().__init__(
            f"{setting('regularization', 'auto')} is learned by {setting('solver', 'counts')} "
            f"only; {setting('solver', solver)} {instead}. Take that solver, or give "
            f"{named('regularization')} as a number."
        )


class UnusedParameterWarning(Cat2VecWarning):
    """Parameters were set that the solver which trains does not use; ``others`` would."""

    def __init__(
        self, given: Mapping[str, Any], solver: str, others: Sequence[str], was_chosen: bool
    ) -> None:
        one = len(given) == 1
        names = " and ".join(setting(name, value) for name, value in given.items())
        chosen = f", which {setting('solver', 'auto')} chose" if was_chosen else ""
        use = " or ".join(setting("solver", other) for other in others)
        super().__init__(
            f"{names} {'has' if one else 'have'} no effect with {setting('solver', solver)}"
            f"{chosen}. Leave {'it' if one else 'them'} out, or train with {use}."
        )


class SmallWeightsWarning(Cat2VecWarning):
    """Weights add up to one row at most, such as those that were divided by their sum."""

    def __init__(self, total: float, weighed: str) -> None:
        rows = "1 row" if f"{total:.3g}" == "1" else f"{total:.3g} rows"
        super().__init__(
            f"the weights of rows add up to {rows}, as a weight is in how many rows its row "
            f"counts. {weighed} lets so few say next to nothing. Multiply all weights by one "
            f"number, so that they add up to the number of rows."
        )
