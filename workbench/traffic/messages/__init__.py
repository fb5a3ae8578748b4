"""Messages: what clients and servers say first, from the bytes of a stream or a datagram.

In: bytes. Out: TLS records, hellos and fingerprints, HTTP/1, DNS and QUIC messages, with offsets.
Never: a packet, a table, an exception because of what was sent, or work that grows faster than it.
"""
