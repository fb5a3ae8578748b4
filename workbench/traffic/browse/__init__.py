"""Walking through a capture of any size: search, sort, windows of rows, and bins of time.

In: the connection table and a few columns of the packet table. Out: positions of rows, masks and
small tables. Never: draws, formats for people, or runs through all rows in interpreted Python.
"""
