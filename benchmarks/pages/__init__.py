"""Pages of the results: one module for each, which reads stored JSON lines and measures nothing."""
