"""Tables that come piece by piece: read once, kept as codes on disk, fitted from their values.

Takes files, and readers of other libraries. Gives a ``Spill`` and what is counted from it. Memory
does not grow with rows.
"""
