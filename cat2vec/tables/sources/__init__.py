"""Where tables come from: which files a path stands for, what kind they are, how each is read.

Takes paths. Gives Arrow columns. Knows nothing of categories.
"""
