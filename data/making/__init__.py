"""What `data/make.py` is made of: a small network, the programs that talk in it, and the samples.

In comes a list of samples, out go capture files and the commands that produced them. Nothing here
is used by the package `workbench` at run time, or touches a network that it did not make itself.
"""
