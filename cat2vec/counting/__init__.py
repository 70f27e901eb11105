"""From encoded tables, files and engines to pair counts."""
