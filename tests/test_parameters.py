"""Parameters are described once: signatures, docstrings, options and documents agree with that."""

from __future__ import annotations

import argparse
import ast
import inspect
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import cat2vec
from cat2vec import Cat2Vec, count_pairs, encode_table, train_vectors
from cat2vec.cli.main import command_parser, main
from cat2vec.errors import ParameterError, named, naming_options, option_of, setting
from cat2vec.parameters import PARAMETERS, check_parameters, documented, problems_with
from cat2vec.parameters.glossary import GLOSSARY
from cat2vec.training.settings import Settings

PACKAGE = Path(cat2vec.__file__).parent
ROOT = PACKAGE.parent
FILES = sorted(PACKAGE.rglob("*.py"))
DESCRIBED = [Cat2Vec, train_vectors, Settings, encode_table, count_pairs]
#: What these take besides parameters: data, an earlier vocabulary, and a switch of one.
NOT_PARAMETERS = {"data", "table", "vocabulary", "progress"}
#: Options without a parameter: files, commands' own switches, other features of a question.
OTHER_OPTIONS = {
    *("--help", "--version", "--traceback", "--out", "--exclude", "--quiet", "--json", "--csv"),
    *("--html", "--train-table", "--to", "--feature", "--binary", "--keep", "--updatable"),
    *("--other-feature", "--b-feature", "--c-feature", "--no-header", "--names"),
    *("--dialect", "--vocabulary", "--report"),
}
#: Calls that write a parameter for whoever reads the sentence.
SPELLING = {"named", "setting", "spelled", "option_of"}


def one_line(text):
    return " ".join(text.split())


@pytest.mark.parametrize("thing", DESCRIBED, ids=lambda thing: thing.__name__)
def test_signatures_and_docstrings_agree_with_the_descriptions(thing):
    shown = one_line(thing.__doc__)
    for name, given in inspect.signature(thing).parameters.items():
        if name in NOT_PARAMETERS:
            continue
        known = PARAMETERS[name]
        assert given.default == known.default, name
        assert type(given.default) is type(known.default), name
        assert known.about in shown, name
        assert re.search(rf"\b{name} : [^:]*, default ", shown), name


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_docstrings_with_places_for_parameters_are_filled(file):
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        places = re.findall(r"^ *\{([\w,\s]+)\}", ast.get_docstring(node) or "", re.M)
        if places and node.name != "documented":
            assert any(ast.unparse(one) == "documented" for one in node.decorator_list), node.name


def test_a_place_takes_another_type_the_default_of_the_signature_and_more_sentences():
    @documented
    def act(n=3, *, tol, solver="rows"):
        """Do something.

        Parameters
        ----------
        {n, tol}
            One more sentence.
        {solver} : str
        other : int

        Returns
        -------
        None
        """

    shown = inspect.cleandoc(act.__doc__)
    assert shown.splitlines()[4:6] == ["n : int, default 3", "    How many to find."]
    assert "\ntol : float\n" in shown
    assert one_line(PARAMETERS["tol"].about + " One more sentence. solver : str") in one_line(shown)
    assert shown.splitlines()[-5:] == ["other : int", "", "Returns", "-------", "None"]
    assert max(map(len, shown.splitlines())) <= 92


def test_every_parameter_has_a_first_sentence_of_its_own_and_a_default_that_is_allowed():
    assert set(re.findall(r"^(\w+) : ", GLOSSARY, re.M)) == set(PARAMETERS)
    sentences = [known.first_sentence for known in PARAMETERS.values()]
    assert len(set(sentences)) == len(sentences)
    for name, known in PARAMETERS.items():
        assert known.first_sentence.endswith("."), name
        assert len(known.first_sentence) <= 120, name
        assert problems_with(**{name: known.default}) == [], name


def actions():
    """Give (command, option) for every option of every command."""
    parser = command_parser()
    (commands,) = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    yield from (("cat2vec", action) for action in parser._actions if action.option_strings)
    for name, command in commands.choices.items():
        yield from ((name, action) for action in command._actions if action.option_strings)


def test_options_of_the_command_line_are_parameters_with_their_names_defaults_and_help():
    seen = set()
    for command, action in actions():
        if action.option_strings[-1] in OTHER_OPTIONS:
            continue
        known = PARAMETERS[action.dest]
        seen.add(action.dest)
        place = f"{command} {action.option_strings}"
        assert action.option_strings == [option_of(known.name)], place
        about = known.first_sentence.rstrip(".").replace("%", "%%")
        assert action.help.lower().startswith(about.lower()), place
        if "default: " in action.help:
            said = re.search(r"default: ([^)]*)\)", action.help)[1]
            assert action.default is None or said == str(known.default), place
        else:
            assert known.default is None or known.default is False, place
        assert action.default == known.default or (
            action.default is None and "default:" in action.help
        )
    assert seen == {name for name, known in PARAMETERS.items() if known.option is not None}


def test_the_command_line_trains_with_the_defaults_of_the_library(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("a,b\n" + "x,u\ny,v\n" * 9)
    assert main(["train", "t.csv", "--out", "m", "--quiet"]) == 0
    params = cat2vec.load("m").get_params()
    assert params == Cat2Vec().get_params()


DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_documents_name_only_options_and_parameters_that_exist(document):
    text = document.read_text("utf-8")
    text = re.sub(r"^embedding-atlas .*$", "", text, flags=re.M)  # another program
    options = {option for _, action in actions() for option in action.option_strings}
    assert sorted(set(re.findall(r"(?<![\w-])--[a-z][\w-]+", text)) - options) == []
    taken = {*PARAMETERS, "weights_only", "anon"}  # of torch.load, of fsspec.open
    for name in cat2vec.__all__:
        thing = getattr(cat2vec, name)
        methods = [m for _, m in inspect.getmembers(thing) if inspect.isroutine(m)]
        for function in [thing, *methods] if callable(thing) else methods:
            try:
                taken |= set(inspect.signature(function).parameters)
            except (TypeError, ValueError):  # a property, or one made in C
                continue
    code = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
    written = r"(?:^|[(, ])([a-z]\w*)=(?=[\"'\[{\d.]|True|False|None|$)"
    given = {name for span in code for name in re.findall(written, span)}
    given |= {name for span in code for name in re.findall(r"[A-Z]\w+\(([a-z]\w*)=", span)}
    assert sorted(given - taken) == []


def sentences(tree, spelled):
    """Give the texts of a tree that are no docstrings, and stand in none of the calls."""
    hidden = set()
    for node in ast.walk(tree):
        first = getattr(node, "body", [None])
        first = first[0] if isinstance(first, list) and first else None
        if isinstance(first, ast.Expr):
            hidden.add(first.value)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in spelled:
            hidden |= set(ast.walk(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in hidden:
            yield node.value


#: Parameters by name where it is no word of English, and any of them with a value.
MENTIONED = re.compile(
    r"\b("
    + "|".join(name for name in PARAMETERS if "_" in name or name == "tol")
    + r")\b|\b("
    + "|".join(name for name, known in PARAMETERS.items() if known.option is not None)
    + r")=|--[a-z]"
)


@pytest.mark.parametrize("name", ["exceptions.py", "warnings.py"])
def test_sentences_of_errors_name_parameters_only_by_the_functions_that_spell_them(name):
    tree = ast.parse((PACKAGE / "errors" / name).read_text("utf-8"))
    assert [
        text for text in sentences(tree, SPELLING) if " " in text and MENTIONED.search(text)
    ] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_raised_sentences_name_options_only_by_the_functions_that_spell_them(file):
    options = {name for name, known in PARAMETERS.items() if known.option is not None}
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.Raise):
            continue
        for text in sentences(node, SPELLING):
            for found in MENTIONED.finditer(text):
                if file.parent.name != "cli" or not found[0].startswith("--"):
                    assert not options & set(found.groups()), f"line {node.lineno}: {text}"


def test_the_library_speaks_of_parameters_again_after_a_call_of_the_command_line(capsys):
    assert main(["train", "none.csv", "--out", "m", "--n-bins", "1"]) == 2
    assert "--n-bins must be an integer" in capsys.readouterr().err
    with pytest.raises(ParameterError, match=r"^n_bins must be an integer of at least 2, got 1\.$"):
        Cat2Vec(n_bins=1).fit({"a": ["x", "y"], "b": ["u", "v"]})
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    assert named("n_bins") == "n_bins"


def test_sentences_name_options_in_every_thread_and_inside_one_another():
    with naming_options(), ThreadPoolExecutor(1) as pool:
        assert pool.submit(named, "n_bins").result() == "--n-bins"
        with naming_options():
            assert named("n") == "-n"
        assert setting("handle_unknown", "fold_in") == "--handle-unknown fold_in"
        assert setting("columns", {"my zip": "text"}) == "--types 'my zip=text'"
        assert setting("overwrite", True) == "--overwrite"
    assert setting("handle_unknown", "fold_in") == "handle_unknown='fold_in'"
    assert setting("columns", {"my zip": "text"}) == "columns={'my zip': 'text'}"


def test_all_wrong_values_are_in_one_error():
    with pytest.raises(ParameterError) as caught:
        check_parameters(n=0, holdout=1, solver="gensim", negative=1.5, n_jobs=None, tol=0)
    assert [problem.split()[0] for problem in caught.value.problems] == [
        "n",
        "holdout",
        "tol",
        "negative",
    ]


@pytest.mark.parametrize("file", sorted((PACKAGE / "cli").glob("*.py")), ids=lambda file: file.name)
def test_the_command_line_uses_nothing_that_is_private_elsewhere(file):
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) != "self":
            names = [node.attr]
        for name in names:
            assert not name.startswith("_") or name.startswith("__"), f"line {node.lineno}: {name}"


def test_the_top_level_of_the_package_holds_two_modules_and_says_that_it_is_typed():
    names = {file.name for file in PACKAGE.glob("*.py")}
    assert names == {"__init__.py", "__main__.py"}
    assert (PACKAGE / "py.typed").read_bytes() == b""
