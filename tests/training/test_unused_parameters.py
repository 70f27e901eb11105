"""A parameter that the solver which trains does not use is warned of; defaults never are."""

import warnings

import pytest
from sklearn.base import clone

from cat2vec import Cat2Vec, count_pairs, encode_table, train_vectors
from cat2vec.cli.main import main
from cat2vec.errors import UnusedParameterWarning
from cat2vec.training.settings import SETTINGS, USED_BY, Settings

TABLE = {"a": ["x", "y"] * 20, "b": ["u", "v"] * 20}
SOLVERS = ("counts", "rows", "gensim")
OTHER = {"epochs": 2, "learning_rate": 0.01, "tol": 0.1, "max_sweeps": 50, "regularization": 3.0}


def warned(train):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        train()
    return [str(one.message) for one in found if one.category is UnusedParameterWarning]


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("name", OTHER)
def test_what_does_nothing_is_named_with_the_solvers_that_use_it(solver, name):
    given = {name: OTHER[name], "solver": solver}
    found = warned(lambda: train_vectors(encode_table(TABLE), vector_size=1, **given))
    if solver in USED_BY[name]:
        assert found == []
        return
    others = " or ".join(f"solver={other!r}" for other in USED_BY[name])
    assert found == [
        f"{name}={OTHER[name]!r} has no effect with solver={solver!r}. Leave it out, or train with "
        f"{others}."
    ]


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("name", sorted(set(OTHER) - {"regularization"}))
def test_what_is_said_to_do_nothing_does_nothing(solver, name):
    """To the bit; and what is said to be used is used."""
    table = {"a": ["x", "y", "z", "x"] * 30, "b": ["u", "v", "v", "u", "u"] * 24}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        how = {"vector_size": 2, "solver": solver}
        usual = train_vectors(encode_table(table), **how)
        other = train_vectors(encode_table(table), **how, **{name: OTHER[name]})
    same = usual.matrix.tobytes() == other.matrix.tobytes()
    if solver not in USED_BY[name]:
        assert same
    elif name in ("epochs", "learning_rate"):  # the others are limits that may not be reached
        assert not same


@pytest.mark.parametrize("solver", ["auto", *SOLVERS])
def test_defaults_and_auto_never_warn(solver):
    assert warned(lambda: Cat2Vec(1, solver=solver).fit(TABLE)) == []
    explicit = {name: getattr(Settings(), name) for name in SETTINGS if name in USED_BY}
    assert warned(lambda: Cat2Vec(1, solver=solver, **explicit).fit(TABLE)) == []
    assert warned(lambda: Cat2Vec(1, solver=solver, random_state=7).fit(TABLE)) == []


def test_auto_says_what_it_chose_and_several_are_one_sentence():
    model = Cat2Vec(1, epochs=3, learning_rate=0.5)
    (sentence,) = warned(lambda: model.fit(TABLE))
    assert sentence == (
        "epochs=3 and learning_rate=0.5 have no effect with solver='counts', which solver='auto' "
        "chose. Leave them out, or train with solver='rows' or solver='gensim'."
    )
    assert clone(model).get_params()["epochs"] == 3
    assert model.get_params()["epochs"] == 3
    (sentence,) = warned(lambda: train_vectors(count_pairs(TABLE), vector_size=1, epochs=3))
    assert "which solver='auto' chose" in sentence


def test_partial_fit_says_so_too():
    (sentence,) = warned(lambda: Cat2Vec(1, epochs=3).partial_fit(TABLE))
    assert sentence.startswith("epochs=3 has no effect with solver='counts'")


@pytest.mark.parametrize("how", ["report", "score", "transform"])
def test_a_question_to_the_model_does_not_say_it_again(how):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = Cat2Vec(1, epochs=3).fit(TABLE)
    tables = (TABLE, TABLE) if how == "report" else (TABLE,)
    assert warned(lambda: getattr(model, how)(*tables)) == []


def test_the_command_line_says_it_in_options(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("a,b\n" + "x,u\ny,v\n" * 150)
    words = ["train", "t.csv", "--out", "m", "--vector-size", "1", "--epochs", "5"]
    assert main(words) == 0
    err = capsys.readouterr().err
    sentence = (
        "cat2vec warning: --epochs 5 has no effect with --solver counts, which --solver auto "
        "chose. Leave it out, or train with --solver rows or --solver gensim.\n"
    )
    assert err.count(sentence) == 1
    assert err.count("no effect") == 1  # and not again by the second training
    words = ["train", "t.csv", "--out", "r", "--vector-size", "1", "--solver", "rows", "--quiet"]
    assert main([*words, "--epochs", "1", "--tol", "0.5", "--max-sweeps", "7"]) == 0
    assert capsys.readouterr().err == (
        "cat2vec warning: --tol 0.5 and --max-sweeps 7 have no effect with --solver rows. Leave "
        "them out, or train with --solver counts.\n"
    )
