"""From pair counts or encoded rows to vectors."""
