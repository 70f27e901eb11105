"""The site: `make docs` builds it from build/pages into build/site, warnings as errors.

Pages keep their places beside benchmarks/ and examples/, so that links also work in the repository.
The site needs no network: fonts are those of the reader, and the search runs in the browser.
"""

from cat2vec import __version__

project = "cat2vec"
author = "the authors of cat2vec"
version = release = __version__
root_doc = "docs/index"
extensions = ["myst_nb", "numpydoc", "sphinx.ext.autodoc", "sphinx_copybutton"]
exclude_patterns = ["docs/site"]

html_theme = "furo"
html_title = f"cat2vec {release}"
html_extra_path = ["site"]
html_show_sphinx = False
html_copy_source = False

myst_heading_anchors = 4
suppress_warnings = ["myst.xref_ambiguous"]
nb_execution_mode = "force"  # notebooks are text, so outputs are those of this version
nb_execution_raise_on_error = True
nb_execution_timeout = 300

autodoc_typehints = "none"  # numpydoc writes types in words
autodoc_member_order = "bysource"
autodoc_default_options = {
    "members": True,
    # what scikit-learn adds to every estimator for its metadata routing
    "exclude-members": ", ".join(
        f"set_{method}_request" for method in ("fit", "transform", "score", "partial_fit")
    ),
}
autodoc_mock_imports = ["torch", "keras", "onnx", "usearch"]  # extras, which the site does without
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
