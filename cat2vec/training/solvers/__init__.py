"""The objective and what minimises it."""
