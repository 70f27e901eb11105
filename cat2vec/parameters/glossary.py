"""What every parameter means, in the form of a docstring: the one place where it is described."""

from __future__ import annotations

#: One entry per parameter, as in a docstring. What stands for a value on the command line follows
#: "option": nothing for a flag, "NAME ..." for one value or more.
GLOSSARY = """
vector_size : int, default 32, option SIZE
    Numbers per category. A feature with m categories carries at most m - 1 of them.
features : list of str or None, default None, option NAME ...
    Columns to use, in this order. None uses all.
shared : dict or None, default None, option NAME=COLUMN,COLUMN ...
    Columns that speak of the same things and share one set of categories and vectors. In
    ``{"airport": ["origin", "dest"]}`` a category has one vector in both columns, and pair counts
    in each. Columns of dates share part by part, under names such as ``when:year``.
context : list of str or None, default None, option NAME ...
    Columns used in training but not written by transform. Tables to transform still hold them, and
    ``vectors_`` has their vectors too. A column of dates stands for all its parts.
exclude_pairs : list of lists of str or None, default None, option COLUMN,COLUMN ...
    Columns that do not learn from each other, such as a code and its description. Each list names
    two or more; their pairs are no part of the loss. A column of dates stands for its parts, which
    still learn from each other. The solver "gensim" cannot do so.
solver : {"auto", "counts", "rows", "gensim"}, default "auto", option SOLVER
    How vectors are trained. "counts" works on pair counts, "rows" on batches of rows, and "gensim"
    is ``gensim.models.Word2Vec``. "auto" takes "counts" or "rows" by what they would cost, and
    ``verbose=1`` says why.
negative : float, default 5, option NEGATIVE
    Noise tokens per pair. Any number above 0; the solver "gensim" takes whole numbers only.
ns_exponent : float, default 0.75, option EXPONENT
    Noise is drawn in proportion to count ** ns_exponent inside the feature of the token that it
    stands in for. From -5 to 5.
regularization : float or "auto", default 10.0, option PAIRS
    Strength of the prior, in pairs, or "auto" to learn it. A category with fewer pairs stays near
    the average of its feature. With "auto" the solver "counts" learns it from the table, in two to
    six times the time, and gives every vector a standard error; "rows" takes 10, and "gensim" has
    no prior, both with a warning.
epochs : int or "auto", default "auto", option EPOCHS
    Passes of the solvers "rows" and "gensim" over the rows. With "auto", "rows" stops by itself
    when rows held out say that an epoch adds little, and then goes over all rows with shorter
    steps; "gensim" makes 20.
learning_rate : float or "auto", default "auto", option RATE
    Step size of the solvers "rows" and "gensim". For "rows" it is the longest step of a vector
    ("auto" is 2), for "gensim" the first step ("auto" is 0.025); steps get shorter with the epochs.
min_count : int, default 1, option COUNT
    Categories in fewer rows than this share one vector per feature. They are pooled into one token
    ``RARE`` where there are two or more of them; looking up any of them gives its vector, which is
    held once. Rows count by their weights, columns that share a vocabulary count together, and bins
    of numbers are not pooled. 1 pools nothing.
numeric : {"bin", "category", "drop", "error"}, default "bin", option NUMERIC
    What becomes of columns of numbers. "bin" cuts those with more than ``n_bins`` distinct values
    into quantile bins and keeps the edges, but for codes: whole numbers in columns that share, in
    lists, and under a name that ends as those of codes do, such as ``store_id``. It warns of other
    whole numbers, which ``columns`` can call "category" or "numeric". "category" makes every number
    a category; "drop" leaves all columns of numbers out, and "error" refuses them.
n_bins : int, default 16, option BINS
    Quantile bins of a column of numbers.
columns : dict or None, default None, option NAME=KIND ...
    Kind of a column, where the guess is not wanted. A dict of names and kinds: "category",
    "numeric", "dates", "multivalued" or "identifier", or with options ``Categorical``, ``Numeric``,
    ``Ordered``, ``Dates``, ``MultiValued`` or ``Identifier``, such as ``Numeric(bins=8)``. The
    values of one cell of lists learn from each other with ``MultiValued(within=True)``, or in a
    table of one column.
missing : {"ignore", "token"}, default "ignore", option MISSING
    How missing cells count. "ignore": not at all. "token": as a category of their own,
    ``MISSING_CATEGORY``, in features that have missing cells in fit.
missing_values : list, dict of lists or None, default None, option TEXT ...
    Values that mean a missing cell, such as "?" or "NA". They count as null and NaN do; a list is
    for all columns, a dict names those of each.
handle_unknown : {"zero", "rare", "fold_in", "error"}, default "zero", option UNKNOWN
    What transform does with a category that was not seen in training. "zero" gives the average
    category. "rare" takes it for one of those that ``min_count`` pooled, in features that have
    some, and gives zeros in others; that helps on some tables and hurts on others. "fold_in" solves
    for its vector from the rows given to transform that hold it, with all else as it was trained:
    the vector depends on these rows and is not kept. ``score`` leaves unseen cells out in any case.
row_vector : {"concat", "unit", "linear", "mean"}, default "concat"
    How the vectors of a row's cells become one. "concat" puts them side by side; "unit" also
    divides each row by its length, for clusters of rows; "linear" is for linear models where rows
    and labels are few (a thousand, a hundred): as many numbers, in which vectors are mixed with
    axes of their own and of the order of numbers, and as much variance as one-hot columns have;
    "mean" averages them.
keep_counts : bool or "auto", default "auto", option KEEP
    Whether the model keeps pair counts, by which rows are judged better than by vectors. ``impute``
    and ``probabilities`` can do without them; ``score_samples``, ``outlier_rows`` and
    ``suspicious_cells`` cannot. In the model folder they take 4 to 8 bytes per distinct pair.
    "auto" keeps them where there cannot be more than 10 million.
tol : float, default 0.005, option TOL
    The solver "counts" stops when more sweeps would add less than this share of the gain. What they
    would add is estimated from the last ones.
max_sweeps : int, default 100, option SWEEPS
    The solver "counts" stops after so many sweeps and warns.
start : Vectors, pair of arrays or None, default None
    Vectors to begin with, for the solver "counts" only. Those of an earlier training save sweeps:
    categories are found by feature and value, and others begin at the mean of their feature. A pair
    of arrays is center and context vectors, (n_vectors, any) float32, with a row per category;
    columns that share a vocabulary have theirs together.
n_jobs : int or None, default None, option JOBS
    Threads to use at once, by default as many as there are cores. Results do not depend on it.
random_state : int, default 0, option SEED
    Seed of the solvers "rows" and "gensim". "counts" draws no random numbers.
verbose : int, default 0
    How much is reported. 1 prints the plan, says which solver trains and why and which categories
    were pooled, and shows a progress bar with the loss. These sentences go to the logger "cat2vec"
    where a handler of ``logging`` takes those of level INFO, and to the standard error otherwise.
sample_weight : list, array or Series of shape (n_rows,), or None, default None
    Weights of the rows: one of weight w counts as w rows. Nothing is learned from rows of weight 0.
    Weights go by position, whatever the index of a Series says.
decay : float, default 1.0, option D
    What all earlier counts are multiplied by before new ones are added. With 1 every row counts for
    ever. With D below 1 counts are float64, and rows count half after log 0.5 / log D updates: 30
    for 0.977, 7 for 0.906. With 0 only new rows count, and training begins with the earlier
    vectors.
forget_below : float, default 0.0, option ROWS
    Earlier categories and pairs of which fewer rows than this are left are forgotten. It is done
    after ``decay`` and before new rows are added, so a model that is updated for ever keeps no more
    than its recent rows hold. Bins and declared categories stay. 0 forgets nothing.
n : int, default 10, option N
    How many to find.
n_draws : int or None, default None
    How many tables to draw, for multiple imputation. In each, missing cells are filled by chance,
    in proportion to probabilities. None gives one table with the likeliest categories.
sample : bool, default False
    Draw categories for missing cells in proportion to their probabilities. For multiple imputation,
    use a ``random_state`` for each table. Otherwise the likeliest category is taken.
contamination : float or "auto", default "auto"
    Share of the rows of fit that are taken for outliers, above 0 and at most 0.5. "auto" takes
    those whose score is more than 1.5 standard deviations below the mean.
among : str, list of str or None, default None, option FEATURE ...
    Features to search.
n_cells : int, default 3, option CELLS
    How many cells to show of each row, the oddest first.
n_clusters : int or None, default None, option CLUSTERS
    How many clusters to make.
max_categories : int, default 200000, option COUNT
    Categories that a page shows at most. Where there are more, they are the most frequent ones of
    each feature, and the page says so; one of each feature is always there.
ax : Axes or None, default None
    Where to draw. None makes a figure.
overwrite : bool, default False, option
    Replace a file or a model, or write into a folder that holds other files. These stay as they
    are.
rare_names : bool, default True, option KEEP
    Whether the model folder names the rare categories, which share a vector. They are those that
    ``min_count`` pooled. False leaves the names out, for the sake of the people they may be: the
    loaded model takes them for unseen ones, to which ``handle_unknown="rare"`` gives that vector.
    Categories that an ``Ordered`` column declares are parameters, and stay.
size : int or None, default None, option SIZE
    Numbers per category, the best ones by PCA. At most ``vector_size``; None takes all, as they
    were trained.
escape : {"percent", "none"}, default "percent", option ESCAPE
    How white space in keys is written. "percent" writes ``%XX``, as in URLs; "none" writes keys as
    they are, and a key that would break the file is an error.
delimiter : str or None, default None, option CHARACTER
    What separates the cells of a CSV file, by default a comma, or a tab for .tsv.
decimal : {".", ","}, default ".", option CHARACTER
    What stands before the decimals of numbers in a CSV file.
skip_initial_space : bool, default False, option
    Leave out the blanks that follow delimiters in a CSV file, in the header too.
on_bad_line : {"error", "skip"}, default "error", option ACTION
    What becomes of rows of a CSV file that have more or fewer cells than the first one. "error"
    names the line and stops; "skip" leaves such rows out, and warns of how many in each file.
header : bool or list of str, default True
    Whether the first line of a CSV file holds the names of its columns. Where it does not, False
    names them x0, x1 and so on, and a list gives their names.
memory : str or int, default "1GB", option SIZE
    How much memory reading and counting may take beside the result, such as "500MB", or bytes. A
    table that is read from files, or piece by piece, is kept on disk as codes and counted in as
    many passes as that takes; tables in memory are counted there. Of dataframes of Spark and Dask
    it is for each of their tasks.
spill : path or None, default None, option FOLDER
    Folder for the codes of tables that are counted piece by piece, about 1 to 4 bytes a cell. An
    interrupted run that is started again with the same files and parameters goes on behind the last
    finished piece. None is the system's folder for temporary files, and keeps nothing.
holdout : float or None, default None, option SHARE
    Share of the rows to leave out of training and to report on. The seed says which rows. 0 leaves
    none out and measures nothing.
"""
