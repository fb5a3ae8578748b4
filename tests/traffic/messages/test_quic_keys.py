"""Keys of Initial packets against the appendices of RFC 9001 and RFC 9369."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traffic.messages import quic_making, vectors
from workbench.traffic.messages import quic_keys
from workbench.traffic.messages.quic_keys import VERSION_1, VERSION_2, initial_keys, open_packet

KEYS = {
    (1, True): "1f369613dd76d5467730efcbe3b1a22d fa044b2f42a3fd3b46fb255c "
    "9f50449e04a0e810283a1e9933adedd2",
    (1, False): "cf3a5331653c364c88f0f379b6067e37 0ac1493ca1905853b0bba03e "
    "c206b8d9b9f0f37644430b490eeaa314",
    (VERSION_2, True): "8b1a0bc121284290a29e0971b5cd045d 91f73e2351d8fa91660e909f "
    "45b95e15235d6f45a6b19cbcb0294ba9",
    (VERSION_2, False): "82db637861d55e1d011f19ea71d5d2a7 dd13c276499c0249d3310652 "
    "edf6d05c83121201b436e16877593c3a",
}


@pytest.mark.parametrize(("version", "client"), KEYS)
def test_keys_are_those_of_the_rfcs(version, client) -> None:
    keys = initial_keys(version, vectors.CONNECTION_ID, client=client)
    assert keys is not None
    printed = KEYS[version, client].split()
    assert [keys.key.hex(), keys.iv.hex(), keys.header.hex()] == printed


@pytest.mark.parametrize(
    ("version", "client", "packet", "number", "frames"),
    [
        (VERSION_1, True, vectors.CLIENT_1, 2, vectors.CLIENT_FRAMES),
        (VERSION_1, False, vectors.SERVER_1, 1, vectors.SERVER_FRAMES),
        (VERSION_2, True, vectors.CLIENT_2, 2, vectors.CLIENT_FRAMES),
        (VERSION_2, False, vectors.SERVER_2, 1, vectors.SERVER_FRAMES),
    ],
)
def test_packets_of_the_rfcs_are_opened(version, client, packet, number, frames) -> None:
    keys = initial_keys(version, vectors.CONNECTION_ID, client=client)
    other = initial_keys(version, vectors.CONNECTION_ID, client=not client)
    assert keys is not None
    assert other is not None
    opened = open_packet(packet, 18, keys)
    assert opened is not None
    assert (opened.number, opened.reserved) == (number, 0)
    assert opened.payload.rstrip(b"\0") == frames.rstrip(b"\0")
    assert open_packet(packet, 18, other) is None


@pytest.mark.parametrize("place", [0, 5, 18, 30, 1199])
def test_a_changed_packet_is_not_opened(place) -> None:
    keys = initial_keys(1, vectors.CONNECTION_ID, client=True)
    assert keys is not None
    changed = bytearray(vectors.CLIENT_1)
    changed[place] ^= 0x01
    assert open_packet(bytes(changed), 18, keys) is None
    assert open_packet(vectors.CLIENT_1[:30], 18, keys) is None


@pytest.mark.parametrize(
    ("packet", "version"), [(vectors.RETRY_1, 1), (vectors.RETRY_2, VERSION_2)]
)
def test_retries_of_the_rfcs_are_genuine(packet, version) -> None:
    genuine = quic_keys.retry_is_genuine
    assert genuine(packet, version, vectors.CONNECTION_ID) is True
    assert genuine(packet, version, b"another") is False
    assert genuine(packet[:-1] + b"\0", version, vectors.CONNECTION_ID) is False
    assert genuine(packet, 0xFF00001D, vectors.CONNECTION_ID) is None


@given(st.integers(-1, (1 << 62) - 2), st.integers(1, 4), st.data())
def test_packet_numbers_are_completed_as_rfc_9000_encodes_them(largest, size, data) -> None:
    # A sender keeps within half a window of what is expected (A.2).
    half = 1 << 8 * size - 1
    low, high = max(largest + 2 - half, 0), min(largest + half, (1 << 62) - 1)
    number = data.draw(st.integers(low, high))
    assert quic_keys.full_number(number % (1 << 8 * size), size, largest) == number


@given(
    st.integers(0, 2**31),
    st.integers(1, 4),
    st.sampled_from([1, VERSION_2, 0xFF00001D, 0xFF00001B]),
)
def test_any_packet_number_is_opened_by_those_who_know_the_last_one(number, size, version) -> None:
    packet = quic_making.initial(b"\1" * 30, number=number, size=size, version=version)
    keys = initial_keys(version, b"12345678", client=True)
    assert keys is not None
    opened = open_packet(packet, len(packet) - 30 - 16 - size, keys, largest=number - 1)
    assert opened is not None
    assert (opened.number, opened.payload) == (number, b"\1" * 30)


def test_versions_without_known_keys_have_none() -> None:
    assert initial_keys(0x51303436, b"id", client=True) is None
    assert quic_keys.salt_of(0xFF000010) is None
    assert quic_keys.salt_of(0xFF000021) == quic_keys.salt_of(1)
