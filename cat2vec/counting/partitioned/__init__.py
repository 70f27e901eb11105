"""Tables that lie in partitions on many machines: profiled, fitted and counted where they lie.

Takes dataframes of Spark and Dask. Gives what one reading of a table gives, in memory. Rows never
travel: from partitions come distinct values with counts, and distinct pairs with counts.
"""
