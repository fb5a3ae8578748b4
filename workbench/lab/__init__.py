"""A laboratory on one machine: real network stacks, real servers, real middleboxes.

In: a topology, strategies, middleboxes. Out: captures at every vantage, and how each trial ended.
Never: a packet that leaves the namespaces the lab made itself, or anything of theirs left behind.
"""
