"""What is measured as a process of its own: `python -m tests.benchmarks.jobs.NAME FILE …`.

A job imports what a user of the tool would import and nothing of the benchmarks but `touch`.
"""
