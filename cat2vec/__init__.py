"""Vectors for every category of a table, learned from the table itself, without a target."""
from cat2vec.counting.in_memory import count_encoded
from cat2vec.tables.encode import encode_table
from cat2vec.training.train import train_vectors
def count_pairs(t,**k): return count_encoded(encode_table(t,**k))
