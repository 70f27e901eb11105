"""How good the vectors are, beside what a user would otherwise use; see ``run.py``."""
