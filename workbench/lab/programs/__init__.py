"""Programs that run on the hosts of a laboratory, each a module started with ``python -m``.

In: addresses and files from the command line. Out: answers to whoever asks inside the laboratory.
Never: a socket outside of it.
"""
