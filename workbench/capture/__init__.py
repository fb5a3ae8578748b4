"""Captures: files to packet tables, and packets to files.

In: pcap and pcapng files, compressed or not, streams. Out: the packet table, its problems, files.
Never: a connection, a meaning of what was sent, or a packet dropped without a word.
"""
