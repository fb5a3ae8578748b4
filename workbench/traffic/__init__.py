"""Connections: who talked to whom, in which direction, and how it went on the wire.

In: the packet table. Out: the connection table, the two columns that link packets to it, summaries.
Never: the name of a strategy, a verdict about what something in the path did, or a picture.
"""
