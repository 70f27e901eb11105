-- Vectors of cat2vec for PostgreSQL with pgvector. Run it in the folder of both files:
--   psql -d DATABASE -v ON_ERROR_STOP=1 -f NAME.sql
BEGIN;
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE cat2vec_vectors (
    id integer PRIMARY KEY,
    feature text NOT NULL,
    category text NOT NULL,
    rows {rows},
    vector vector({size}) NOT NULL
);
\copy cat2vec_vectors FROM '{copy}' WITH (ENCODING 'UTF8')
CREATE INDEX ON cat2vec_vectors USING hash (category);
{indexes}
-- The categories most like a given one, as nearest of cat2vec finds them: all are compared. A zero
-- vector, the average category, has similarity 0 to everything.
CREATE FUNCTION cat2vec_nearest(of_feature text, of_category text, n integer DEFAULT 10)
RETURNS TABLE (feature text, category text, similarity double precision, rows {rows})
LANGUAGE sql STABLE AS $$
    SELECT feature, category, similarity, rows
    FROM (
        SELECT other.id, other.feature, other.category, other.rows,
            coalesce(nullif(1 - (other.vector <=> one.vector), 'NaN'), 0) AS similarity
        FROM cat2vec_vectors one JOIN cat2vec_vectors other USING (feature)
        WHERE one.feature = of_feature AND one.category = of_category AND other.id <> one.id
    ) found
    ORDER BY similarity DESC, id
    LIMIT n
$$;
COMMIT;
-- SELECT * FROM cat2vec_nearest('city', 'Oslo', 5);
