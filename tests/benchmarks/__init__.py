"""How fast and how small the workbench is, beside other tools, in the same run.

    python -m tests.benchmarks --help

Every result is a ratio of two things that were measured in turns, so that what else the machine
does falls on both. Inputs are real captures, replicated; they are built once, outside the
repository.
"""
