"""The HTTP/3 client, where nobody answers; that it fetches is in the tests of the clients."""

from __future__ import annotations

import asyncio

from workbench.lab.certificates import make_identity
from workbench.lab.programs.quic_client import fetch


def test_silence_is_a_timeout(tmp_path, monkeypatch) -> None:
    identity = make_identity(tmp_path, ("x.com",))
    monkeypatch.setattr("workbench.lab.programs.quic_client.PORT", 9)
    words = (str(identity.authority), "127.0.0.1", "x.com", "/", "0.1")
    assert asyncio.run(fetch(words)) == {"outcome": "timeout", "size_bytes": 0}
