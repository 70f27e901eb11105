"""One column at a time: from cells to codes."""
