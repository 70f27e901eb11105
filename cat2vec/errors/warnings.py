"""Every warning of cat2vec; each is about something the user can act on."""

from __future__ import annotations

from collections.abc import Sequence

from cat2vec.errors.wording import (
    _LIST_LIMIT,
    joined,
    leaving_out,
    listed,
    named,
    pooled_away,
    setting,
    spelled,
)


class Cat2VecWarning(UserWarning):
    """Base class of the warnings; each is about something the user can act on."""


class IdentifierWarning(Cat2VecWarning):
    """Nearly every row of a column has a value of its own, which costs much and tells little."""

    def __init__(self, column: str, n_distinct: int, n_rows: int) -> None:
        megabytes = 3 * 4 * 32 * n_distinct / 2**20  # three matrices of float32
        super().__init__(
            f"column {column!r} has {n_distinct:,} distinct values in {n_rows:,} rows, as "
            f"identifiers have. Their vectors take about {megabytes:,.1f} MB at "
            f"{setting('vector_size', 32)}, and a value that stands in one row is known by that "
            f"row only. Leave it out with {leaving_out()}, or keep it without this warning with "
            f"{setting('columns', {column: 'identifier'})}."
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


class UnseenCategoryWarning(Cat2VecWarning):
    """Cells at transform hold categories that fit did not see."""

    def __init__(
        self, counts: dict[str, int], n_rows: int, handle_unknown: str, with_rare: Sequence[str]
    ) -> None:
        without = [name for name in counts if name not in with_rare]
        fold_in = (
            f"Use {setting('handle_unknown', 'fold_in')} to find vectors from the other cells of "
            f"their rows, or"
        )
        if handle_unknown == "left out":
            what = "They are left out of the score."
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
        cells = [f"{name!r} {n:,}" for name, n in counts.items()]
        shown = joined(cells[:_LIST_LIMIT], len(cells) - _LIST_LIMIT)
        super().__init__(
            f"cells with a category not seen in fit, among {n_rows:,} rows: {shown}. {what}"
        )


class NotConvergedWarning(Cat2VecWarning):
    """A solver stopped at its limit of passes and was still getting better."""

    def __init__(self, max_sweeps: int, left: float) -> None:
        super().__init__(
            f"the counts solver stopped after {setting('max_sweeps', max_sweeps)}, about "
            f"{left:.1%} of the gain short of its optimum. Raise {named('max_sweeps')}, or raise "
            f"{named('tol')} to accept that."
        )
