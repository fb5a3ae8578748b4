"""Middleboxes in the path of a laboratory: engines that others wrote, and plain ones of our own.

In: a name and a setting. Out: what they did to traffic, and a log of their verdicts.
Never: a verdict that depends on a test's or a case's name, or traffic from outside the laboratory.
"""
