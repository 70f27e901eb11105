"""Benchmarks of cat2vec; ``README.md`` in this folder says what each answers and how to add one."""
