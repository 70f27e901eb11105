"""Faults in answers about vectors and counts: associations, clusters, influence, moves."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

_ASSOCIATIONS = "inspection/test_associations.py"
_QUESTIONS = "inspection/test_questions.py"
_MOVES = "inspection/test_moves.py"
_ROW_CLUSTERS = "inspection/test_row_clusters.py"

FAULTS = (
    *faults_in(
        "inspection/associations.py",
        (
            "room_with_chance",
            "    room = least - chance",
            "    room = least",
            "one column that decides the other has less than all of its bits",
            _ASSOCIATIONS,
        ),
        (
            "chance_not_taken_off",
            "np.where(room > 1e-9, (plain - chance) / np.where(room > 1e-9, room, 1.0), 0.0)",
            "np.where(room > 1e-9, plain / np.where(room > 1e-9, room, 1.0), 0.0)",
            "independent columns of many categories share bits",
            _ASSOCIATIONS,
        ),
        (
            "cramers_v_not_corrected",
            "above = np.maximum(squared - (n_first - 1) * (n_second - 1) / less, 0.0)",
            "above = np.maximum(squared, 0.0)",
            "Cramer's V of independent columns is not zero",
            _ASSOCIATIONS,
        ),
        (
            "terms_of_small_counts",
            "_DEVIATIONS, _MORE_TERMS = 15.0, 10",
            "_DEVIATIONS, _MORE_TERMS = 0.0, 10",
            "the mean of counts near 20 leaves the upper tail out",
            _ASSOCIATIONS,
        ),
        (
            "third_moment",
            "second / mean / 2 - third / mean**2 / 6 + second**2 / mean**3 / 4",
            "second / mean / 2 + third / mean**2 / 6 + second**2 / mean**3 / 4",
            "the chance level of large counts has a term with the wrong sign",
            _ASSOCIATIONS,
        ),
        (
            "features_that_never_meet",
            "    some = np.where(n > 0, 1.0, np.nan)",
            "    some = np.where(n >= 0, 1.0, np.nan)",
            "features that share no row have figures",
            _ASSOCIATIONS,
        ),
    ),
    *faults_in(
        "inspection/clusters.py",
        (
            "centres_without_lengths",
            "    vectors = weights[:, None] * units\n    centres = centres_of(vectors, labels)",
            "    vectors = units\n    centres = centres_of(vectors, labels)",
            "categories of which little is known pull centres as much as others",
            f"{_QUESTIONS} {_ROW_CLUSTERS}",
        ),
        (
            "smallest_cluster_first",
            "    place[np.lexsort((first, -totals))] = np.arange(len(totals))",
            "    place[np.lexsort((first, totals))] = np.arange(len(totals))",
            "cluster 0 is the one with fewest rows",
            f"{_QUESTIONS} cat2vec/inspection/clusters.py",
        ),
        (
            "silhouette_with_itself",
            "inside = far[place, labels] / np.maximum(sizes[labels] - 1, 1)",
            "inside = far[place, labels] / sizes[labels]",
            "a category is near itself in its silhouette",
            _QUESTIONS,
        ),
        (
            "alone_in_a_cluster",
            "    alone = (sizes[labels] == 1) | (larger <= 0)",
            "    alone = larger <= 0",
            "a category alone in its cluster lies perfectly well there",
            _QUESTIONS,
        ),
        (
            "cluster_begins_anywhere",
            "np.vstack([centres, candidates[gains.argmax()]])",
            "np.vstack([centres, candidates[gains.argmin()]])",
            "a new cluster begins where it helps least",
            _QUESTIONS,
        ),
        (
            "clusters_of_some_stay",
            "        if settled is not None:\n            return settled\n",
            "        return (units @ centres_of(vectors[some], begun).T).argmax(axis=1)\n",
            "of many categories those that say where clusters are do not move once all are there",
            _QUESTIONS,
        ),
    ),
    *faults_in(
        "inspection/contributions.py",
        (
            "contributions_of_one_side",
            "return 0.5 * (self._half(first, f, second) + self._half(second, h, first))",
            "return self._half(first, f, second)",
            "contributions change when categories are exchanged",
            "inspection/test_contributions.py",
        ),
        (
            "contributions_of_what_was_not_heard",
            "return np.asarray(np.where(self.heard[f], found, 0.0))",
            "return np.asarray(found)",
            "the feature itself contributes what was filled in",
            "inspection/test_contributions.py",
        ),
    ),
    *faults_in(
        "inspection/pair_model.py",
        (
            "features_weigh_alike",
            "np.where(self.allowed[position], self.vocabulary.present, 0).astype(np.float64)",
            "np.where(self.allowed[position], 1, 0).astype(np.float64)",
            "features that are mostly missing count as others",
            _QUESTIONS,
        ),
        (
            "beside_itself_in_a_cell",
            "    mass.T[itself] = 0.0\n",
            "",
            "a value stands beside itself in what is said of its cell",
            _QUESTIONS,
        ),
    ),
    *faults_in(
        "inspection/typicality.py",
        (
            "least_typical_first",
            "    order = np.lexsort((part, bits))",
            "    order = np.lexsort((part, -bits))",
            "the least typical category comes first",
            _QUESTIONS,
        ),
    ),
    *faults_in(
        "inspection/influence.py",
        (
            "influence_of_categories_alike",
            "bits = (vocabulary.shares[tokens, None] * divergences).sum(axis=0) / np.log(2)",
            "bits = divergences.mean(axis=0) / np.log(2)",
            "rare categories count as frequent ones in influence",
            _QUESTIONS,
        ),
    ),
    *faults_in(
        "inspection/directions.py",
        (
            "analogies_go_by_lengths",
            "at_a, at_b, at_c = (_unit(vectors.matrix[token]) for token in tokens)",
            "at_a, at_b, at_c = (vectors.matrix[token] for token in tokens)",
            "in analogies long vectors lead",
            _QUESTIONS,
        ),
        (
            "what_was_given_is_found",
            "found = vectors.nearest_to(at_b - at_a + at_c, among, n, leaving_out=tokens)",
            "found = vectors.nearest_to(at_b - at_a + at_c, among, n, leaving_out=tokens[:1])",
            "an analogy answers with what was given",
            _QUESTIONS,
        ),
    ),
    *faults_in(
        "inspection/quality.py",
        (
            "excluded_pairs_are_scored",
            "    if problem.settings.exclude_pairs:",
            "    if not problem.settings.exclude_pairs:",
            "pairs that training left out are scored",
            "training/test_exclude_pairs.py",
        ),
    ),
    *faults_in(
        "inspection/moves.py",
        (
            "each_category_by_itself",
            "fdtri(freedom[seen], rows[seen], 1.0 - _CHANCE / len(distance))",
            "fdtri(freedom[seen], rows[seen], 1.0 - _CHANCE)",
            "one of 22 categories moves by chance",
            _MOVES,
        ),
        (
            "decay_in_moves",
            "new = np.maximum(now - decay * counts_before, 0.0)",
            "new = np.maximum(now - counts_before, 0.0)",
            "after a decay the new rows are counted too few",
            _MOVES,
        ),
        (
            "models_not_aligned",
            "turned = turned_to(matrix, old[place[kept]], kept, token_weights(later))[kept]",
            "turned = matrix[kept]",
            "models that were trained apart moved altogether",
            _MOVES,
        ),
        (
            "support_without_growth",
            "        expected = rows_before * self.growth",
            "        expected = rows_before * 1.0",
            "in a shorter table every category lost support",
            _MOVES,
        ),
        (
            "losses_by_chance",
            "lost = (later.counts <= _LOST_SHARE * expected) & (fewer > errors * error)",
            "lost = later.counts <= _LOST_SHARE * expected",
            "a category of two rows loses support by chance",
            _MOVES,
        ),
    ),
    *faults_in(
        "inspection/row_clusters.py",
        (
            "rows_of_no_cluster",
            "of_all = held.sum(axis=0) / np.maximum(holding.sum(axis=0)[feature_of], 1)",
            "of_all = held[:n].sum(axis=0) / np.maximum(holding[:n].sum(axis=0)[feature_of], 1)",
            "rows in no cluster do not count among all rows",
            _ROW_CLUSTERS,
        ),
        (
            "seed_of_row_clusters_ignored",
            "np.random.default_rng(seed).permutation(given)",
            "np.random.default_rng(0).permutation(given)",
            "rows are drawn alike whatever random_state is",
            _ROW_CLUSTERS,
        ),
        (
            "first_rows_of_a_long_table",
            "np.sort(np.random.default_rng(seed).permutation(given)[:MOST_ROWS])",
            "given[:MOST_ROWS]",
            "clusters are those of the first rows of a table",
            _ROW_CLUSTERS,
        ),
    ),
    *faults_in(
        "inspection/redundant.py",
        (
            "parts_of_one_date_are_redundant",
            "        if allowed[f, g] and columns[f] != columns[g]",
            "        if allowed[f, g]",
            "year and month of one date are told as columns that say the same",
            "inspection/test_redundant.py",
        ),
        (
            "redundant_by_chance",
            "return min((shared - chance) / room, 1.0) if room > _LEAST_BITS else 0.0",
            "return min(shared / least, 1.0) if room > _LEAST_BITS else 0.0",
            "columns of many categories tell each other by chance",
            "inspection/test_redundant.py",
        ),
    ),
)
