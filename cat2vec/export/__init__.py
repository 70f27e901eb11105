"""Vectors for other tools: gensim, Parquet, CSV."""
