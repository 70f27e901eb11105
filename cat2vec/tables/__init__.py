"""Anything tabular in, integer codes out."""
