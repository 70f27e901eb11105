"""Answers about a model as plain tables and numbers."""
