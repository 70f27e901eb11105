-- Questions to the vectors of cat2vec in DuckDB, over a table vectors(feature, category, rows, vector)
-- as `cat2vec export --to duckdb` writes it. Categories are given as text. Ties go by the order of the
-- table. A zero vector, the average category, has similarity 0 to everything.

-- A vector, or an error for what is not there.
CREATE OR REPLACE MACRO cat2vec_vector(feature_name, category_name) AS coalesce(
    (SELECT vector::DOUBLE[] FROM vectors
     WHERE feature = feature_name AND category = category_name),
    error('no category ' || category_name || ' of feature ' || feature_name
          || ' in the table vectors'));

CREATE OR REPLACE MACRO cat2vec_length(v) AS
    sqrt(list_dot_product(v::DOUBLE[], v::DOUBLE[]));

CREATE OR REPLACE MACRO cat2vec_cosine(v, w) AS
    CASE WHEN cat2vec_length(v) * cat2vec_length(w) > 0
    THEN greatest(-1, least(1, list_dot_product(v::DOUBLE[], w::DOUBLE[])
        / (cat2vec_length(v) * cat2vec_length(w))))
    ELSE 0::DOUBLE END;

-- Cosine of two categories, of one feature or of two.
CREATE OR REPLACE MACRO cat2vec_similarity(feature_name, a, b, other_feature := NULL) AS
    cat2vec_cosine(cat2vec_vector(feature_name, a),
                   cat2vec_vector(coalesce(other_feature, feature_name), b));

-- The categories most like a given one: FROM cat2vec_nearest('city', 'Oslo', n := 5).
-- among: a list of features to search.
CREATE OR REPLACE MACRO cat2vec_nearest(feature_name, a, n := 10, among := NULL) AS TABLE
    WITH wanted AS (SELECT cat2vec_vector(feature_name, a) AS direction),
    found AS (
        SELECT feature, category, cat2vec_cosine(vector::DOUBLE[], direction) AS similarity,
               rows, vectors.rowid AS place
        FROM vectors, wanted
        WHERE list_contains(coalesce(among, [feature_name]), feature)
          AND NOT (feature = feature_name AND category = a))
    SELECT feature, category, similarity, rows FROM found
    QUALIFY row_number() OVER (ORDER BY similarity DESC, place) <= n
    ORDER BY similarity DESC, place;

-- a is to b as c is to what: FROM cat2vec_analogy('city', 'Oslo', 'Bergen', 'Rome').
CREATE OR REPLACE MACRO cat2vec_analogy(
    feature_name, a, b, c, n := 10, b_feature := NULL, c_feature := NULL, among := NULL) AS TABLE
    WITH names AS (SELECT feature_name AS of_a, coalesce(b_feature, feature_name) AS of_b,
                          coalesce(c_feature, feature_name) AS of_c),
    given AS (
        SELECT of_a, of_b, of_c, cat2vec_vector(of_a, a) AS at_a, cat2vec_vector(of_b, b) AS at_b,
               cat2vec_vector(of_c, c) AS at_c,
               coalesce(among, CASE
                   WHEN of_c = of_a THEN [of_b] WHEN of_b = of_a OR of_b = of_c THEN [of_c]
                   ELSE error('among must name where to search when a, b and c are of three features')
               END) AS searched
        FROM names),
    wanted AS (  -- the direction b - a + c, all at length 1, as cosines: its size from those of the three
        SELECT *, sqrt(greatest(0, cat2vec_cosine(at_a, at_a) + cat2vec_cosine(at_b, at_b)
                   + cat2vec_cosine(at_c, at_c) + 2 * (cat2vec_cosine(at_b, at_c)
                   - cat2vec_cosine(at_a, at_b) - cat2vec_cosine(at_a, at_c)))) AS size
        FROM given),
    found AS (
        SELECT feature, category, CASE WHEN size > 0 THEN greatest(-1, least(1,
                   (cat2vec_cosine(vector::DOUBLE[], at_b) - cat2vec_cosine(vector::DOUBLE[], at_a)
                    + cat2vec_cosine(vector::DOUBLE[], at_c)) / size)) ELSE 0 END AS similarity,
               rows, vectors.rowid AS place
        FROM vectors, wanted
        WHERE list_contains(searched, feature)
          AND NOT (feature = of_a AND category = a) AND NOT (feature = of_b AND category = b)
          AND NOT (feature = of_c AND category = c))
    SELECT feature, category, similarity, rows FROM found
    QUALIFY row_number() OVER (ORDER BY similarity DESC, place) <= n
    ORDER BY similarity DESC, place;

-- What is nearest to several categories of a feature together:
-- FROM cat2vec_nearest_to_all('city', ['Oslo', 'Moss']).
CREATE OR REPLACE MACRO cat2vec_nearest_to_all(feature_name, members, n := 10, among := NULL) AS TABLE
    WITH given AS (
        SELECT cat2vec_vector(feature_name, member) AS v
        FROM (SELECT unnest(members) AS member)),
    total AS (  -- size of the sum of the given vectors, each at length 1
        SELECT sqrt(greatest(0, sum(cat2vec_cosine(one.v, other.v)))) AS size
        FROM given AS one, given AS other),
    fits AS (
        SELECT vectors.rowid AS place, sum(cat2vec_cosine(vector::DOUBLE[], v)) AS fit
        FROM vectors, given
        WHERE list_contains(coalesce(among, [feature_name]), feature)
        GROUP BY vectors.rowid),
    found AS (
        SELECT feature, category, rows, place,
               CASE WHEN size > 0 THEN greatest(-1, least(1, fit / size)) ELSE 0 END AS similarity
        FROM fits JOIN vectors ON place = vectors.rowid, total
        WHERE list_contains(coalesce(among, [feature_name]), feature)
          AND NOT (feature = feature_name AND list_contains(members, category)))
    SELECT feature, category, similarity, rows FROM found
    QUALIFY row_number() OVER (ORDER BY similarity DESC, place) <= n
    ORDER BY similarity DESC, place;

-- The earlier name.
CREATE OR REPLACE MACRO cat2vec_cluster_fit(feature_name, members, n := 10, among := NULL) AS TABLE
    FROM cat2vec_nearest_to_all(feature_name, members, n := n, among := among);

-- Categories from the most to the least typical: their distance from the average of the feature.
CREATE OR REPLACE MACRO cat2vec_commonality(feature_name) AS TABLE
    SELECT feature, category, cat2vec_length(vector::DOUBLE[]) AS distance, rows
    FROM vectors WHERE feature = feature_name ORDER BY distance, vectors.rowid;
