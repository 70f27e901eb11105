"""Vectors for other tools: gensim, PyTorch, Keras, DuckDB, Parquet and others."""
