"""The array floor of the reader: bytes in, columns out.

In: a byte buffer and preallocated output arrays. Out: rows written, how far it got and why it
stopped. Never: a frame, a file, an exception for what a packet contains, or a length believed
before it is checked.

The functions here are plain Python that numba can compile. `workbench.capture.engine` runs them as
they are for small captures and compiled for large ones; the first is the oracle of the second.
"""
