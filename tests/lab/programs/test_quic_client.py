"""The HTTP/3 client, where nobody answers; that it fetches is in the tests of the clients."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from workbench.lab.certificates import make_identity
from workbench.lab.programs.quic_client import fetch


def test_silence_is_a_timeout(tmp_path, monkeypatch) -> None:
    identity = make_identity(tmp_path, ("x.com",))
    monkeypatch.setattr("workbench.lab.programs.quic_client.PORT", 9)
    words = (str(identity.authority), "127.0.0.1", "x.com", "/", "0.1")
    # In a thread of its own: the one of the tests may have a loop that runs.
    with ThreadPoolExecutor(1) as worker:
        found = worker.submit(lambda: asyncio.run(fetch(words))).result()
    assert found == {"outcome": "timeout", "size_bytes": 0}
