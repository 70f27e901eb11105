"""Columns whose names are no text: what takes the name of a feature takes them as fit does."""

import datetime
import enum
import functools
import importlib
import inspect
import pkgutil

import numpy as np
import pandas as pd
import pytest

import cat2vec
from cat2vec import Cat2Vec, Vectors, Vocabulary, count_pairs, encode_table, load, train_vectors
from cat2vec.errors import MissingPackageError, ParameterError, TableError, UnknownFeatureError
from cat2vec.export import (
    atlas,
    duckdb,
    embedding_rows,
    flat_table,
    jsonl,
    keyed_vectors,
    npz,
    pgvector,
    projector,
    word2vec,
)
from cat2vec.inspection import (
    analogy,
    cluster_fit,
    clusters,
    commonality,
    contributions,
    influence,
    nearest_to_all,
)
from cat2vec.inspection.clusters import labels_of
from cat2vec.parameters import feature_name
from cat2vec.plots import plot
from cat2vec.plots.layout import layout_of


class Column(str, enum.Enum):
    AGE = "age"
    CITY = "city"
    JOB = "job"


NAMES = {
    "numbers": [0, 1, 2],
    "numbers of NumPy": list(np.arange(7, 10)),
    "years": [2021, 2022, 2023],
    "tuples": [("score", 1), ("score", 2), ("", "")],
    "tuples with numbers of NumPy": [("q", np.int64(1)), ("q", np.int64(2)), ("r", np.float64(1))],
    "dates": [datetime.date(2024, 1, day) for day in (1, 2, 3)],
    "timestamps": list(pd.date_range("2024-01-01", periods=3)),
    "dates of NumPy": list(pd.date_range("2024-01-01", periods=3).values),
    "intervals": list(pd.interval_range(0, 3)),
    "bins of pd.cut": list(pd.cut([1, 2, 3], 3)),
    "periods": list(pd.period_range("2024-01", periods=3, freq="M")),
    "numbers beside text": ["a", 1, ("b", 2)],
    "None beside text": [None, "a", "b"],
    "missing": [float("nan"), 1.0, 2.0],
    "booleans": [True, False, "x"],
    "fractions": [0.5, 1.0, 1.5],
    "an enum of text": list(Column),
    "an enum": list(enum.Enum("Plain", "a b c")),
}


def table(names):
    rng = np.random.default_rng(0)
    group = rng.integers(0, 4, 200)
    cells = [np.where(rng.random(200) < 0.7, group, rng.integers(0, 4, 200)) for _ in range(3)]
    frame = pd.DataFrame({place: np.array(list("wxyz"))[one] for place, one in enumerate(cells)})
    frame.columns = pd.Index(names, dtype=object, tupleize_cols=False)
    return frame


def parameters(one, two, three, **given):
    settings = {
        "features": [one, two, three],
        "vector_size": {two: 1, None: 2},
        "context": [three],
        "columns": {two: "category"},
        "missing_values": {one: ["w"]},
        "exclude_pairs": [[two, three]],
        "shared": {"both": [one, three]},
    }
    return {name: settings[name] for name in given["only"]}


def fitted(names, frame=None, **settings):
    return Cat2Vec(**{"vector_size": 2, **settings}).fit(table(names) if frame is None else frame)


def written(save, ending):
    """A door that writes a file of one feature, and reads its bytes back."""

    def door(model, one, two, three, folder):
        file = folder / f"out{ending}"
        save(model.vectors_, file, feature=two)  # None would be all of them
        return file.with_suffix(".metadata.tsv").read_bytes() if ending == ".tsv" else file.exists()

    return door


def filled(value, features):
    """Put features in the places of 1, 2 and 3."""
    if isinstance(value, list):
        return [features[one - 1] for one in value]
    return features[value - 1] if isinstance(value, int) else value


def asking(call, *args, **named):
    """A door that is a method of the model, or a function of its vectors."""

    def door(model, *rest):
        *features, _ = rest
        given = [filled(value, features) for value in args]
        named_too = {name: filled(value, features) for name, value in named.items()}
        if isinstance(call, str):
            return getattr(model, call)(*given, **named_too)
        return call(model.vectors_, *given, **named_too)

    return door


def with_parameter(function, parameter):
    """A door that is a parameter of what fits, counts or encodes."""

    def door(model, one, two, three, folder):
        frame = table([one, two, three])
        given = parameters(one, two, three, only=[parameter])
        if function is Cat2Vec:
            found = Cat2Vec(**{"vector_size": 2, **given}).fit(frame)
            found.save(folder / "model")
            again = load(folder / "model")
            return found.transform(frame), again.transform(frame), again.vocabulary_.texts()
        if function is train_vectors:
            return train_vectors(count_pairs(frame), vector_size=2, **given).matrix
        return function(frame, **given).vocabulary.texts()

    return door


def drawn(call):
    """A door that draws on axes, and gives what stands there."""

    def door(model, one, two, three, folder):
        figure = pytest.importorskip("matplotlib.figure", reason='pip install "cat2vec[plot]"')
        axes = call(model, one, two, ax=figure.Figure().subplots())
        legend = axes.get_legend()
        texts = [*axes.texts, axes.xaxis.label, *([*legend.get_texts(), legend.get_title()])]
        return [text.get_text() for text in texts]

    return door


#: Everything public that takes the name of a feature, by its parameters that do.
DOORS = {
    "Cat2Vec.nearest feature among": asking("nearest", 1, "x", among=[2, 3]),
    "Cat2Vec.similarity feature other_feature": asking("similarity", 1, "x", "y", 2),
    "Cat2Vec.analogy feature b_feature c_feature among": asking(
        "analogy", 1, "x", "y", "z", b_feature=2, c_feature=1, among=3
    ),
    "Cat2Vec.nearest_to_all feature among": asking("nearest_to_all", 1, ("x", "y"), among=2),
    "Cat2Vec.cluster_fit feature among": asking("cluster_fit", 1, ("x", "y")),
    "Cat2Vec.clusters feature": asking("clusters", 1),
    "Cat2Vec.commonality feature": asking("commonality", 1),
    "Cat2Vec.influence feature": asking("influence", [1, 2]),
    "Cat2Vec.probabilities feature": lambda model, one, two, three, _: model.probabilities(
        table([one, two, three]), one
    ),
    "Cat2Vec.to_keyed_vectors feature": lambda model, _, two, *rest: (
        model.to_keyed_vectors(two).index_to_key
    ),
    "Vectors.nearest feature among": asking(Vectors.nearest, 1, "x", among=2),
    "Vectors.nearest_to among": lambda model, one, *_: model.vectors_.nearest_to(
        np.ones(2), one, n=2
    ),
    "Vectors.similarity feature other_feature": asking(Vectors.similarity, 1, "x", "y", 3),
    "Vectors.reduce feature": lambda model, one, *_: model.vectors_.reduce(one, 1),
    "Vectors.reduction feature": lambda model, one, *_: model.vectors_.reduction(one, 1)(
        np.eye(2, dtype=np.float32)
    ),
    "Vectors.token_of feature": asking(Vectors.token_of, 1, "x"),
    "Vectors.vocabulary_and_matrix name": lambda model, _, two, *rest: (
        model.vectors_.vocabulary_and_matrix(two)[1]
    ),
    "Vectors.__getitem__ feature": lambda model, one, *_: model.vectors_[one],
    "Vectors.__contains__ feature": lambda model, one, *_: one in model.vectors_,
    "Vocabulary.tokens_of feature": lambda model, one, *_: model.vocabulary_.tokens_of(one),
    "Vocabulary.token_id feature": lambda model, one, *_: model.vocabulary_.token_id(one, "x"),
    "Vocabulary.token_id_of_text feature": lambda model, one, *_: (
        model.vocabulary_.token_id_of_text(one, "x")
    ),
    "Vocabulary.vocabulary_of name": lambda model, one, *_: model.vocabulary_.vocabulary_of(
        one
    ).texts(),
    "Schema.position feature": lambda model, one, *_: model.vocabulary_.schema.position(one),
    "Schema.parts_of column": lambda model, one, *_: model.vocabulary_.schema.parts_of(one),
    "EncodedTable.decode feature": lambda model, one, *rest: encode_table(
        table([one, *rest[:2]])
    ).decode(one),
    "analogy feature b_feature c_feature among": asking(
        analogy, 1, "x", "y", "z", b_feature=2, c_feature=1
    ),
    "nearest_to_all feature among": asking(nearest_to_all, 1, ("x",), among=[3]),
    "cluster_fit feature among": asking(cluster_fit, 1, ("x",), among=[3]),
    "clusters feature": asking(clusters, 1),
    "commonality feature": asking(commonality, 1),
    "contributions feature other_feature": asking(contributions, 1, "x", "y", 2),
    "labels_of feature": asking(labels_of, 1),
    "Cat2Vec.plot feature color": drawn(
        lambda model, one, two, ax: model.plot(one, color=two, ax=ax)
    ),
    "plot feature color": drawn(lambda model, one, two, ax: plot(model, one, color=two, ax=ax)),
    "layout_of feature": lambda model, one, *_: layout_of(model.vectors_, one).names,
    "influence feature": asking(influence, 2),
    "to_keyed_vectors feature": lambda model, _, two, *rest: (
        keyed_vectors.to_keyed_vectors(model.vectors_, two).index_to_key
    ),
    "keys_of feature": lambda model, _, two, *rest: keyed_vectors.keys_of(model.vocabulary_, two),
    "save_keyed_vectors feature": written(keyed_vectors.save_keyed_vectors, ".kv"),
    "save_word2vec_format feature": written(word2vec.save_word2vec_format, ".txt"),
    "token_table feature": lambda model, _, two, *rest: flat_table.token_table(model.vectors_, two),
    "save_vectors_table feature": written(flat_table.save_vectors_table, ".csv"),
    "save_projector feature": written(projector.save_projector, ".tsv"),
    "token_rows feature": lambda model, _, two, *rest: flat_table.token_rows(model.vectors_, two),
    "load_word2vec feature": lambda model, _, two, *rest: word2vec.load_word2vec(
        model.to_keyed_vectors(two), two
    )[two],
    "save_duckdb feature": written(duckdb.save_duckdb, ".duckdb"),
    "save_jsonl feature": written(jsonl.save_jsonl, ".jsonl"),
    "save_npz feature": written(npz.save_npz, ".npz"),
    "save_pgvector feature": written(pgvector.save_pgvector, ".sql"),
    "atlas_table feature": lambda model, _, two, *rest: atlas.atlas_table(model.vectors_, two),
    "save_atlas feature": written(atlas.save_atlas, ".parquet"),
    "EmbeddingRows.__init__ feature": lambda model, one, *_: dict(
        embedding_rows.EmbeddingRows(model.vocabulary_, one)
    ),
    "weight_of feature": lambda model, one, *_: embedding_rows.weight_of(model.vectors_, one, 1),
    **{
        f"{function.__name__} {parameter}": with_parameter(function, parameter)
        for function, parameters_of in [
            (
                Cat2Vec,
                "columns context exclude_pairs features missing_values shared vector_size",
            ),
            (encode_table, "columns features missing_values shared"),
            (count_pairs, "columns features missing_values shared"),
            (train_vectors, "exclude_pairs"),
        ]
        for parameter in parameters_of.split()
    },
}
#: What takes the name of a feature and cannot be called here, or takes one that is text already.
ELSEWHERE = {
    *("Cat2Vec.to_torch", "Cat2Vec.to_keras", "to_torch", "save_torch", "to_keras", "save_keras"),
    "save_usearch",
    *("FeatureReport", "Figures", "Overlap", "Reading", "Schema", "Vectors", "feature_text"),
    *("evidence_of_vectors", "vocabulary_from_json", "some_rows_of"),
    *(
        "redundant_pairs",
        "probabilities",
        "cluster_numbers",
        "Layout",
        "Vocabulary.token_asked_for",
        "EvidenceOfRows.about",
    ),  # which get names of features
}
WORDS = {
    *("feature", "other_feature", "b_feature", "c_feature", "among", "features", "columns"),
    *("context", "exclude_pairs", "missing_values", "shared", "color"),
}
#: Layers whose functions a user calls.
PUBLIC = ("counting.count", "tables.encode", "tables.encoded", "vectors.vectors", "vocabulary")
PUBLIC += ("inspection", "plots", "export", "estimator.estimator", "training.train")


#: All doors with some kinds of names, and some doors with all kinds.
WITH_ALL_DOORS = ("numbers", "tuples with numbers of NumPy", "None beside text", "intervals")
WITH_ALL_NAMES = ("Cat2Vec.nearest feature among", "Cat2Vec columns", "Vectors.__getitem__ feature")
TRIED = [
    (kind, door)
    for kind in NAMES
    for door in DOORS
    if kind in WITH_ALL_DOORS or door in WITH_ALL_NAMES
]


@functools.cache
def fitted_once(kind, as_text):
    names = NAMES[kind]
    return fitted([feature_name(name) for name in names] if as_text else names)


def same(one, other):
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other)
        return True
    return np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other


@pytest.mark.parametrize(("kind", "door"), TRIED)
@pytest.mark.filterwarnings("ignore")
def test_every_door_takes_the_names_that_fit_took(kind, door, tmp_path):
    """What is asked by the name itself is what is asked by its text, of columns named by text."""
    names = NAMES[kind]
    texts = [feature_name(name) for name in names]
    found = []
    for as_text, some in enumerate((names, texts)):
        folder = tmp_path / str(as_text)
        folder.mkdir()
        found.append(DOORS[door](fitted_once(kind, as_text), *some, folder))
    assert same(*found)


def public_functions():
    """Name public functions and methods with the parameters that name features."""
    for module in pkgutil.walk_packages(cat2vec.__path__, "cat2vec."):
        if not module.name.removeprefix("cat2vec.").startswith(PUBLIC):
            continue
        try:
            found = importlib.import_module(module.name)
        except MissingPackageError:
            continue
        for name, thing in vars(found).items():
            if name.startswith("_") or getattr(thing, "__module__", None) != module.name:
                continue
            if not inspect.isclass(thing):
                yield name, thing
                continue
            for method, function in vars(thing).items():
                is_public = not method.startswith("_") or method in ("__init__", "__getitem__")
                if is_public and inspect.isfunction(function):
                    yield f"{name}.{method}".removesuffix(".__init__"), function


def test_no_public_function_that_names_features_is_left_out():
    """A new one is to stand in ``DOORS``, so that it is tried with names that are no text."""
    known = {}
    for door in DOORS:
        name, *words = door.split()
        known.setdefault(name.removesuffix(".__init__"), set()).update(words)
    missing = {}
    for name, function in public_functions():
        if not inspect.isfunction(function) or name in ELSEWHERE:
            continue
        words = WORDS & set(inspect.signature(function).parameters)
        if words - known.get(name, set()):
            missing[name] = words - known.get(name, set())
    assert not missing


@pytest.mark.parametrize("kind", [kind for kind in NAMES if kind != "missing"])
def test_new_rows_go_by_the_names_in_any_order(kind):
    names = NAMES[kind]
    frame = table(names)
    model = fitted(names)
    expected = model.transform(frame)
    if all(isinstance(name, str) for name in names):
        pytest.skip("scikit-learn holds dataframes with names of text to their order")
    turned = frame.iloc[:, ::-1]
    beside = turned.assign(more="x")
    assert np.array_equal(model.transform(turned), expected)
    assert np.array_equal(model.transform(beside), expected)
    assert model.score(turned) == model.score(frame)
    with pytest.raises(UnknownFeatureError, match="no feature"):
        model.transform(frame.iloc[:, 1:])


def test_columns_in_levels_are_features():
    frame = table(["x", "y", "z"])
    frame.columns = pd.MultiIndex.from_product([["m"], [1, 2, 3]], names=["who", "wave"])
    model = Cat2Vec(vector_size=2, features=frame.columns, context=frame.columns[:1]).fit(frame)
    assert model.vocabulary_.features == ("('m', 1)", "('m', 2)", "('m', 3)")
    assert model.nearest(("m", 2), "x", among=("m", 3))["feature"].unique().tolist() == ["('m', 3)"]
    assert model.influence(("m", 2))["feature"].unique().tolist() == ["('m', 2)"]
    both = model.influence((("m", 2), ("m", 3)))  # a tuple of names, and no name
    assert both["feature"].unique().tolist() == ["('m', 2)", "('m', 3)"]
    assert model.transform(frame).shape == (200, 4)


def test_numbers_that_a_file_made_text_are_the_same_features():
    """A table without a header has columns 0, 1, 2; Parquet and CSV give "0", "1", "2" back."""
    frame = table([0, 1, 2])
    model = fitted([0, 1, 2])
    as_text = frame.rename(columns=str).iloc[:, ::-1]
    assert np.array_equal(model.transform(as_text), model.transform(frame))
    text_model = fitted(["0", "1", "2"])
    assert np.array_equal(text_model.transform(frame.iloc[:, ::-1]), model.transform(frame))


def test_partial_fit_takes_more_rows_by_their_names():
    frame = table([0, 1, 2])
    one = Cat2Vec(vector_size=2).partial_fit(frame).partial_fit(frame.iloc[:, ::-1])
    other = Cat2Vec(vector_size=2).partial_fit(frame).partial_fit(frame)
    assert np.array_equal(one.vectors_.matrix, other.vectors_.matrix)


def test_no_names_of_text_are_no_feature_names_of_scikit_learn():
    model = fitted([0, "a", "b"])
    assert not hasattr(model, "feature_names_in_")
    assert model.n_features_in_ == 3
    assert fitted(None, table(["x", "y", "z"])).fit(table([0, "a", "b"])).n_features_in_ == 3


@pytest.mark.parametrize(
    ("names", "both"),
    [
        ([0, "0", "a"], "0 and '0'"),
        ([1, 1.0, "1"], "1 and '1'"),
        ([("a", 1), "('a', 1)", "b"], r"\('a', 1\) and \"\('a', 1\)\""),
        ([None, "None", "a"], "None and 'None'"),
        ([datetime.date(2024, 1, 1), "2024-01-01", "b"], r"datetime.date\(2024, 1, 1\) and"),
        ([True, "True", "b"], "True and 'True'"),
    ],
)
def test_two_columns_of_one_text_are_an_error_that_names_both(names, both):
    with pytest.raises(TableError, match=f"stands more than once as text: {both}"):
        fitted(names)
    cells = ["x", "y"] * 9
    if len(set(names)) == 3:
        with pytest.raises(TableError, match=f"stands more than once as text: {both}"):
            encode_table(dict.fromkeys(names, cells))


@pytest.mark.parametrize(
    "given",
    [
        {"columns": {0: "category", "0": "numeric"}},
        {"missing_values": {0: ["?"], "0": []}},
        {"vector_size": {0: 1, "0": 2}},
        {"shared": {5: [0, 1], "5": [1, 2]}},
    ],
)
def test_what_is_said_twice_of_a_column_is_an_error(given):
    with pytest.raises(ParameterError, match=r"same feature|in more than one list"):
        fitted([0, 1, 2], **given)


def test_lists_of_names_may_be_arrays():
    frame = table([0, 1, 2])
    settings = {"context": frame.columns[:1], "exclude_pairs": np.array([[0, 1]])}
    model = fitted([0, 1, 2], **settings)
    assert model.vectors_.settings["exclude_pairs"] == [["0", "1"]]
    assert model.transform(frame).shape == (200, 4)


def test_other_inputs_go_by_position_as_before():
    frame = table([0, 1, 2])
    model = fitted([0, 1, 2])
    assert np.array_equal(model.transform(frame.to_numpy()), model.transform(frame))
    with pytest.raises(ValueError, match="X has 2 features, but Cat2Vec is expecting 3"):
        model.transform(frame.to_numpy()[:, :2])
    assert isinstance(model.vectors_, Vectors)
    assert isinstance(model.vocabulary_, Vocabulary)


def test_keys_of_a_dict_are_names_whatever_their_type():
    model = Cat2Vec(vector_size=1).fit({10: ["x", "y"] * 9, "b": ["u", "v"] * 9})
    assert model.feature_names_in_.tolist() == ["10", "b"]
    assert model.n_features_in_ == 2
