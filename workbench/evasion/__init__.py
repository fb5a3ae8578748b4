"""Strategies: what a client does so that something in the path does not recognise its request.

In: a tool's command line, the conversations of `workbench.traffic`, or a request and a strategy.
Out: descriptors, commands of other tools, packets to write to a capture. Never: a packet sent.
"""
