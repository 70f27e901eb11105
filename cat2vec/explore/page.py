"""``Exploration``: a page with a map, neighbours and comparisons of categories.

Takes the data of a page. Gives HTML that needs no other file and no network. The page itself,
``page.html``, is built from the sources in ``web``; data goes into a script element that does not
run, and its content security policy allows the page's own script and style only, by their hashes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from typing import Any

from cat2vec.storage.files import check_output_file, path_of, placed

#: What stands in the built page where data belongs.
_DATA = "{{data}}"
_HEIGHT = 760


class Exploration:
    """A page to explore vectors: notebooks show it, ``save`` writes it.

    Parameters
    ----------
    data : dict
        From ``page_data``.

    Examples
    --------
    >>> from cat2vec import Cat2Vec
    >>> table = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}
    >>> page = Cat2Vec(vector_size=1).fit(table).explore()
    >>> page
    Exploration(4 categories of 2 features)
    >>> page.to_html().startswith("<!doctype html>")
    True
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data

    def __repr__(self) -> str:
        categories, features = len(self._data["categories"]), len(self._data["features"])
        return f"Exploration({categories:,} categories of {features:,} features)"

    def to_html(self) -> str:
        """Write the page: HTML in ASCII, with script and style inside."""
        before, _, after = _built_page().partition(_DATA)
        text = json.dumps(self._data, allow_nan=False, separators=(",", ":"))
        return before + text.replace("<", "\\u003c") + after

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the page into a file, whole or not at all.

        Parameters
        ----------
        path : path
        overwrite : bool

        Raises
        ------
        OutputExistsError
        """
        target = path_of(path)
        check_output_file(target, overwrite)
        with placed(target) as file:
            file.write_text(self.to_html(), "utf-8", newline="\n")

    def _repr_html_(self) -> str:
        """Show the page inside a frame, where it can reach nothing of the notebook."""
        return (
            f'<iframe title="cat2vec explore" sandbox="allow-scripts" width="100%" '
            f'height="{_HEIGHT}" style="border:0" srcdoc="{escape(self.to_html())}"></iframe>'
        )


def _built_page() -> str:
    return files("cat2vec.explore").joinpath("page.html").read_text("utf-8")
