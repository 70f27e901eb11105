"""The notebooks of the documentation run from the first cell to the last."""

import re
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "notebooks").glob("*.md"))
#: Words that the output of a notebook has to hold.
SHOWS = {
    "autoencoder": r"right vehicle \d+%",
    "bookings": r"one-hot(?s:.*)AUC|AUC(?s:.*)one-hot",
    "vehicles": r"held-out gain: 0\.\d+",
}


def cells_of(page: Path) -> list[str]:
    return re.findall(r"```\{code-cell\} ipython3\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


def output_of(notebook) -> str:
    """Write all that cells printed and showed, as text."""
    shown = []
    for cell in notebook.cells:
        for output in cell.outputs:
            shown.append(output.get("text", "") + output.get("data", {}).get("text/plain", ""))
            assert output.get("name") != "stderr", output["text"]
    return "\n".join(shown)


# jupyter_client and its sockets, not cat2vec
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("page", NOTEBOOKS, ids=lambda page: page.stem)
def test_a_notebook_runs_and_shows_what_it_says(page, tmp_path):
    reason = "is not installed: pip install 'cat2vec[notebooks]'"
    nbclient = pytest.importorskip("nbclient", reason=f"nbclient {reason}")
    pytest.importorskip("ipykernel", reason=f"ipykernel {reason}")
    from nbformat.v4 import new_code_cell, new_notebook

    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells_of(page)])
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    )
    client.execute()
    assert re.search(SHOWS[page.stem], output_of(notebook)), output_of(notebook)


def test_there_are_notebooks_and_the_site_lists_them():
    assert {page.stem for page in NOTEBOOKS} == set(SHOWS)
    index = (NOTEBOOKS[0].parents[1] / "index.md").read_text("utf-8")
    for page in NOTEBOOKS:
        assert f"notebooks/{page.stem}" in index
        assert len(cells_of(page)) >= 4
