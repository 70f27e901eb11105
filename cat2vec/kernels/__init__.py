"""Compiled loops: arrays in, arrays changed; they import nothing of ours."""
