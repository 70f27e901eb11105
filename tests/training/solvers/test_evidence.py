"""A prior that finds its own strength: as its slow twin, on planted truth, with all else."""

import copy
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cat2vec import Cat2Vec, count_pairs, encode_table, load, train_vectors
from cat2vec.cli.main import main
from cat2vec.errors import ParameterError, PriorNotLearnedWarning
from cat2vec.kernels.threads import workers
from cat2vec.tables.encode import encode_growing
from cat2vec.training.fold_in import canonical_maps, fold_in
from cat2vec.training.problem import Noise, Problem
from cat2vec.training.solvers import evidence
from cat2vec.training.solvers.groups import Groups, ungrouped
from cat2vec.training.solvers.objective import Objective, Side
from cat2vec.training.solvers.prior import TO_ZERO
from cat2vec.training.solvers.spread import Part, Spread, packed, unpacked
from cat2vec.training.standard_errors import standard_errors
from cat2vec.vectors.axes import feature_means
from tests.made_tables import planted, random_codes, repeated, shuffled
from tests.reference.evidence import half_sweep

SIZE = 4


def learned(table, **more):
    counts = table if hasattr(table, "both_ways") else count_pairs(table)
    return train_vectors(counts, **{"vector_size": SIZE, "regularization": "auto", **more})


@pytest.mark.parametrize("center_side", [True, False])
def test_a_half_sweep_is_that_of_the_slow_twin(center_side):
    rng = np.random.default_rng(1)
    counts = count_pairs(planted(rng, n_rows=400))
    vocabulary = counts.vocabulary
    noise = Noise.of(vocabulary, 5, 0.75)
    objective, groups = Objective(counts, noise), ungrouped(vocabulary)
    mine, other = (
        (0.3 * rng.normal(size=(vocabulary.n_tokens, SIZE))).astype(np.float32) for _ in "ab"
    )
    roots = 0.3 * rng.normal(size=(vocabulary.n_tokens, SIZE, SIZE))
    covariances = roots @ roots.transpose(0, 2, 1)
    of_other = Spread(groups, packed(covariances), packed(covariances.sum(axis=0)), None)
    side = Side.of(objective, center_side=center_side)
    weight = rng.random(vocabulary.n_tokens).astype(np.float32)
    with workers(1) as crew:
        spread, matrix, loss = evidence.half_sweep(
            side, mine, other, of_other, groups, groups, weight, 6.0, 1.0, crew
        )
        sides = (mine, other) if center_side else (other, mine)
        assert loss / objective.n_pairs == pytest.approx(objective.loss(*sides, crew), rel=1e-5)
    n = counts.both_ways.toarray().astype(np.float64)
    expected = objective.expected_with[:, vocabulary.feature_of_token] * noise.k_q
    bias = np.tile(noise.bias, (len(n), 1))
    if not center_side:
        expected, bias = expected.T, bias.T
    found, spreads = half_sweep(
        mine.astype(float), other.astype(float), covariances, n, expected, bias,
        vocabulary.feature_of_token, vocabulary.shares, 6.0, evidence._DRAG, TO_ZERO,
    )  # fmt: skip
    np.testing.assert_allclose(matrix, found, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(unpacked(spread.means), spreads, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(unpacked(spread.total), spreads.sum(axis=0), rtol=1e-3, atol=1e-4)


def test_tokens_of_a_group_have_covariances_of_one_shape_and_sizes_of_their_own():
    rng = np.random.default_rng(2)
    words = count_pairs(planted(rng, n_rows=400)).vocabulary
    groups = Groups(np.arange(words.n_tokens, dtype=np.int32) // 4, words.offsets // 4)
    roots = rng.normal(size=(groups.n_groups, SIZE, SIZE))
    shapes, sizes = roots @ roots.transpose(0, 2, 1), rng.uniform(0.1, 9.0, words.n_tokens)
    covariances = sizes[:, None, None] * shapes[groups.group]
    weight = np.ones(words.n_tokens, np.float32)
    tokens = [np.arange(words.n_tokens)]
    part = Part.of(packed(covariances).astype(np.float32), tokens, groups, weight)
    maps = rng.normal(size=(words.n_features, SIZE, 3))
    found = Spread.of([part], groups, weight, words).variances(maps, words)
    of_token = maps[words.feature_of_token]
    expected = np.einsum("tij,tik,tkj->t", of_token, covariances, of_token)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_covariances_are_turned_with_their_vectors():
    """Those of vectors times a map, which need not be symmetric, are measured anew."""
    rng = np.random.default_rng(5)
    vectors, turn = rng.normal(size=(2, 40, 3)) @ rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
    before, after = (np.array([np.cov(one.T) for one in v]) for v in (vectors, vectors @ turn))
    found = Spread(None, packed(before), packed(before.sum(axis=0)), None).turned(turn)
    np.testing.assert_allclose(unpacked(found.means), after)
    np.testing.assert_allclose(unpacked(found.total), after.sum(axis=0))


def test_strength_grows_as_signal_becomes_noise():
    tables = [planted(np.random.default_rng(2), noise=noise) for noise in (0.1, 0.5, 0.8)]
    strengths = [learned(table).regularization for table in tables]
    assert strengths[0] < strengths[1] < strengths[2]


def test_shuffled_columns_end_in_zero_vectors_whose_errors_exceed_them():
    rng = np.random.default_rng(3)
    table = planted(rng, n_rows=5000)
    real, noise = learned(table), learned(shuffled(rng, table))
    fixed = train_vectors(count_pairs(shuffled(rng, table)), vector_size=SIZE)
    lengths = [np.linalg.norm(vectors.matrix, axis=1) for vectors in (real, noise)]
    assert lengths[1].max() < 0.02 * lengths[0].min()
    assert noise.gain < 0.1 * fixed.gain
    assert (noise.standard_error >= lengths[1]).all()
    assert (real.standard_error < 0.3 * lengths[0]).all()


def test_nothing_found_leaves_the_usual_strength_and_much_found_decides_alone():
    nothing = evidence.learned_strength(np.zeros((3, 3)), np.eye(3), 50, 7.0, n_rows=100)
    assert nothing == pytest.approx(10.0)
    squares = np.diag([4e5, 4e5])
    known = evidence.learned_strength(squares, np.zeros((2, 2)), 1_000_000, 10.0, n_rows=100)
    assert known == pytest.approx(4e6 / 8e5, rel=1e-3)


def test_few_rows_say_little_of_the_strength():
    short = 1e-3 * np.eye(2)  # next to nothing was found
    strengths = [
        evidence.learned_strength(short, 0.1 * np.eye(2), 50, 10.0, n_rows=n)
        for n in (20, 2_000, 1e6)
    ]
    assert 10.0 < strengths[0] < 13.0 < strengths[1] < strengths[2] <= evidence._MOST


@given(st.integers(0, 5), st.floats(0.1, 50.0))
@settings(deadline=None, max_examples=25)
def test_strength_does_not_depend_on_the_axes(seed, strength):
    rng = np.random.default_rng(seed)
    roots = rng.normal(size=(2, 5, 9))
    scatter, variance = roots @ roots.transpose(0, 2, 1)
    turn = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    one = evidence.learned_strength(scatter, variance, 40, strength, 500)
    other = evidence.learned_strength(
        turn.T @ scatter @ turn, turn.T @ variance @ turn, 40, strength, 500
    )
    assert one == pytest.approx(other, rel=1e-6)


@given(st.permutations(range(12)))
@settings(deadline=None, max_examples=5)
def test_names_of_categories_decide_nothing(order):
    table = planted(np.random.default_rng(4), n_rows=600)
    names = dict(zip(sorted(set(table["f0"])), (f"n{i:02}" for i in order), strict=True))
    renamed = {**table, "f0": [names[cell] for cell in table["f0"]]}
    one, other = learned(table, tol=1e-4), learned(renamed, tol=1e-4)
    assert one.regularization == pytest.approx(other.regularization, rel=1e-2)
    assert one.gain == pytest.approx(other.gain, rel=1e-2)
    errors = [
        vectors.standard_error[vectors.vocabulary.tokens_of("f0")] for vectors in (one, other)
    ]
    places = [sorted(names.values()).index(name) for name in names.values()]
    np.testing.assert_allclose(errors[0], errors[1][places], rtol=0.05)


@pytest.mark.parametrize("n_jobs", [2, 5])
def test_number_of_threads_does_not_change_a_bit(n_jobs):
    counts = count_pairs(random_codes(np.random.default_rng(5), 3000, [30, 200, 50]))
    expected, found = (learned(counts, n_jobs=jobs, max_sweeps=100) for jobs in (1, n_jobs))
    for name in ("matrix", "center", "context", "standard_error"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    assert (found.losses, found.settings) == (expected.losses, expected.settings)


def test_standard_errors_shrink_as_the_root_of_the_rows():
    errors = [
        np.median(learned(planted(np.random.default_rng(6), n_rows=n)).standard_error)
        for n in (1_000, 4_000, 16_000)
    ]
    np.testing.assert_allclose(np.divide(errors[:2], errors[1:]), 2.0, rtol=0.25)


def test_errors_of_both_sides_are_added_up():
    vectors = train_vectors(count_pairs(planted(np.random.default_rng(4))), vector_size=3)
    words = vectors.vocabulary
    known = Spread.nothing(ungrouped(words), words.n_tokens, 3)
    some = replace(known, means=np.tile(packed(np.eye(3)), (len(known.means), 1)))
    both, centers, contexts = (
        standard_errors(vectors, Problem.of_vectors(vectors), SimpleNamespace(spreads=sides))
        for sides in ((some, some), (some, known), (known, some))
    )
    assert (centers > 0).all()
    assert (contexts > 0).all()
    np.testing.assert_allclose(both, centers + contexts, rtol=1e-5)


def test_canonical_vectors_are_what_their_maps_say():
    vectors = learned(planted(np.random.default_rng(7)))
    vocabulary, problem = vectors.vocabulary, Problem.of_vectors(vectors)
    maps = canonical_maps(vectors, problem.trained_vectors)
    feature = vocabulary.feature_of_token
    found = sum(
        np.einsum("td,tde->te", side - feature_means(side, vocabulary)[feature], one[feature])
        for side, one in zip((vectors.center, vectors.context), maps, strict=True)
    )
    near = np.abs(found - vectors.matrix).max()
    assert near < 0.1 * np.abs(vectors.matrix).max()


def test_whole_weights_are_rows_repeated():
    rng = np.random.default_rng(8)
    table, weights = planted(rng, n_rows=300), rng.integers(0, 4, size=300)
    one = learned(count_pairs(table, sample_weight=weights))
    other = learned(count_pairs(repeated(table, weights)))
    np.testing.assert_array_equal(one.matrix, other.matrix)
    assert one.regularization == other.regularization


def test_shared_vocabularies_have_one_error_for_each_category():
    table = planted(np.random.default_rng(9), n_features=3)
    encoded = encode_table(table, shared={"both": ["f0", "f1"]})
    vectors = train_vectors(
        encoded, vector_size=SIZE, solver="counts", regularization="auto",
        exclude_pairs=[["f0", "f2"]],
    )  # fmt: skip
    by_feature = [
        vectors.standard_error[vectors.vocabulary.tokens_of(name)] for name in ("f0", "f1")
    ]
    np.testing.assert_array_equal(*by_feature)
    assert (vectors.standard_error > 0.0).all()
    assert vectors.gain > 0.05


def test_folding_in_goes_by_the_strength_that_was_learned():
    table = planted(np.random.default_rng(10))
    vectors = learned(table)
    assert Problem.of_vectors(vectors).settings.strength == vectors.regularization
    new = {name: ["new"] * 9 if name == "f0" else cells[:9] for name, cells in table.items()}
    rows = encode_growing(new, vectors.vocabulary)
    vector = fold_in(vectors, rows)[np.diff(vectors.vocabulary.offsets)[0]]
    assert np.isfinite(vector).all()
    assert vector.any()


def test_rows_takes_the_usual_strength_and_has_no_errors():
    table = encode_table(planted(np.random.default_rng(11), n_rows=400))
    how = {"vector_size": 2, "solver": "rows", "epochs": 2}
    with pytest.warns(PriorNotLearnedWarning, match="solver='rows' takes 10 instead"):
        auto = train_vectors(table, regularization="auto", **how)
    fixed = train_vectors(table, regularization=10.0, **how)
    np.testing.assert_array_equal(auto.matrix, fixed.matrix)
    assert auto.regularization == fixed.regularization == 10.0
    assert auto.standard_error is None


def test_a_model_keeps_what_was_learned_and_goes_on(tmp_path):
    table = planted(np.random.default_rng(12), n_rows=900)
    parts = [{name: cells[i::2] for name, cells in table.items()} for i in (0, 1)]
    model = Cat2Vec(SIZE, regularization="auto").partial_fit(parts[0])
    model.save(tmp_path / "model")
    kept = load(tmp_path / "model")
    np.testing.assert_array_equal(kept.vectors_.standard_error, model.vectors_.standard_error)
    assert kept.regularization == "auto"
    assert kept.regularization_ == model.regularization_ != 10.0
    near = kept.nearest("f0", "g0_0", n=2)
    tokens = [kept.vocabulary_.token_id("f0", name) for name in near["category"]]
    lengths = np.linalg.norm(kept.vectors_.matrix[tokens], axis=1)
    expected = kept.vectors_.standard_error[tokens] / lengths
    np.testing.assert_allclose(near["relative_error"], expected, rtol=1e-5)
    kept.partial_fit(parts[1])
    assert kept.vectors_.standard_error.mean() < model.vectors_.standard_error.mean()


def test_a_fixed_strength_has_no_errors_and_no_column(tmp_path):
    model = Cat2Vec(SIZE).fit(planted(np.random.default_rng(13), n_rows=300))
    assert model.vectors_.standard_error is None
    assert model.regularization_ == 10.0
    assert "relative_error" not in model.nearest("f0", "g0_0")
    model.save(tmp_path / "model")
    assert load(tmp_path / "model").vectors_.standard_error is None


@pytest.mark.parametrize("wrong", ["learn", 0.0, None])
def test_other_words_and_numbers_are_errors(wrong):
    with pytest.raises(ParameterError, match="regularization must be 'auto' or a finite number"):
        train_vectors(count_pairs({"a": ["x", "y"], "b": ["u", "v"]}), regularization=wrong)


def test_a_report_says_how_many_categories_are_uncertain():
    rng = np.random.default_rng(14)
    table = shuffled(rng, planted(rng, n_rows=400))
    test = shuffled(rng, table)
    model = Cat2Vec(SIZE, regularization="auto").fit(table)
    notes = " ".join(model.report(test).notes)
    n_tokens = model.vocabulary_.n_tokens
    assert f"of {n_tokens} categories have standard errors above the lengths" in notes
    fixed = Cat2Vec(SIZE).fit(table).report(test).notes
    assert not any("standard errors above" in note for note in fixed)


def test_the_command_line_learns_prints_and_keeps_the_strength(tmp_path, capsys):
    table, model = tmp_path / "t.csv", tmp_path / "model"
    pd.DataFrame(planted(np.random.default_rng(15), n_rows=300)).to_csv(table, index=False)
    asked = ["train", str(table), "--out", str(model), "--regularization", "auto", "--holdout", "0"]
    assert main([*asked, "--vector-size", "3"]) == 0
    assert "the prior learned its strength: " in capsys.readouterr().err
    assert main(["info", str(model)]) == 0
    shown = f"prior     learned strength {load(model).regularization_:.3g} pairs"
    assert shown in capsys.readouterr().out
    assert main(["nearest", str(model), "f0", "g0_0", "-n", "2"]) == 0
    assert "relative_error" in capsys.readouterr().out


@pytest.mark.parametrize(("solver", "said"), [("rows", "takes 10 instead"), ("gensim", "no prior")])
def test_a_solver_that_cannot_learn_the_strength_says_so(solver, said):
    table = {"a": ["x", "y"] * 40, "b": ["u", "v"] * 40}
    with pytest.warns(PriorNotLearnedWarning, match=said):
        model = Cat2Vec(2, solver=solver, regularization="auto", epochs=1).fit(table)
    assert model.regularization_ == 10


def test_a_model_that_learned_its_strength_says_what_moved():
    rng = np.random.default_rng(0)
    model = Cat2Vec(2, regularization="auto").partial_fit(planted(rng, n_rows=400))
    earlier = copy.deepcopy(model)
    moves = model.partial_fit(planted(rng, n_rows=400)).moves(earlier, n=None)
    assert len(moves) == model.vocabulary_.n_tokens
    assert np.isfinite(moves["distance"]).all()
