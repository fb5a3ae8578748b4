"""Fetch one path over HTTPS with Python's own ssl module, and say how it ended."""

from __future__ import annotations

import json
import socket
import ssl
import sys
import time
from collections.abc import Callable, Sequence

PORT, PIECE_BYTES, LIMIT_BYTES = 443, 1 << 16, 1 << 24
Result = dict[str, str | int | float]


def outcome_of(attempt: Callable[[], Result]) -> Result:
    """Run an attempt, and give what it raised its word.

    Parameters
    ----------
    attempt : callable
        Returns what it found out.

    Returns
    -------
    dict
        What it returned, or the outcome.

    Examples
    --------
    >>> def attempt():
    ...     raise ConnectionResetError("gone")
    >>> outcome_of(attempt)["outcome"]
    'reset'
    """
    try:
        return attempt()
    except ssl.SSLCertVerificationError as error:
        return {"outcome": "cert-error", "message": str(error)}
    except TimeoutError as error:
        return {"outcome": "timeout", "message": str(error)}
    except (ConnectionResetError, BrokenPipeError) as error:
        return {"outcome": "reset", "message": str(error)}
    except ssl.SSLError as error:
        return {"outcome": "tls-error", "message": str(error)}
    except OSError as error:
        return {"outcome": "connect-fail", "message": str(error)}


def judge(reply: bytes) -> Result:
    r"""Read a whole reply of HTTP/1.1 whose connection was closed behind it.

    Parameters
    ----------
    reply : bytes
        What came.

    Returns
    -------
    dict
        Outcome, status and size of the body.

    Examples
    --------
    >>> judge(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    {'outcome': 'success', 'status': 200, 'size_bytes': 2}
    """
    head, _, body = reply.partition(b"\r\n\r\n")
    first = head.split(b"\r\n")[0].split()
    status = int(first[1]) if len(first) > 1 and first[1].isdigit() else 0
    lines = [line.partition(b":") for line in head.lower().split(b"\r\n")]
    told = [value.strip() for name, _, value in lines if name == b"content-length"]
    expected = int(told[0]) if told and told[0].isdigit() else len(body)
    if len(body) < expected or not status:
        return {"outcome": "partial", "status": status, "size_bytes": len(body)}
    word = "success" if status == 200 else f"http-{status}"
    return {"outcome": word, "status": status, "size_bytes": len(body)}


def fetch(words: Sequence[str]) -> Result:
    """Fetch.

    Parameters
    ----------
    words : sequence of str
        The authority's file, address, name, path, seconds, version of TLS or ``-``.

    Returns
    -------
    dict
        What was found out.
    """
    authority, address, name, path, limit, tls = words
    context = ssl.create_default_context(cafile=authority)
    if tls != "-":
        version = ssl.TLSVersion.TLSv1_2 if tls == "1.2" else ssl.TLSVersion.TLSv1_3
        context.minimum_version = context.maximum_version = version
    started, first, reply = time.monotonic(), 0.0, b""
    end = started + float(limit)
    with (
        socket.create_connection((address, PORT), timeout=float(limit)) as plain,
        context.wrap_socket(plain, server_hostname=name) as opened,
    ):
        opened.sendall(f"GET {path} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
        while (left := end - time.monotonic()) > 0 and len(reply) < LIMIT_BYTES:
            opened.settimeout(left)
            piece = opened.recv(PIECE_BYTES)
            first = first or time.monotonic() - started
            if not piece:
                break
            reply += piece
    times = {"first_byte_s": first, "total_s": time.monotonic() - started}
    return {**judge(reply), **times}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(outcome_of(lambda: fetch(sys.argv[1:]))) + "\n")
