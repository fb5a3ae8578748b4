"""Numbers about numbers: intervals for what was counted.

In: counts. Out: estimates with their intervals, arrays in and arrays out. Never: a table, a name of
a column, or a decision.
"""
