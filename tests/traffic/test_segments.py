"""Kinds of segments, and the table of them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture import build
from tests.traffic.talk import ACK, FIN, RST, SYN, Talk, part
from workbench.traffic.segments import COLUMNS, KINDS, classify, segment_table


def kinds(talk: Talk) -> list[str]:
    """Return the kinds of what follows the handshake."""
    return [KINDS[code] for code in classify(talk.conversation()).kind.tolist()][3:]


def test_an_ordinary_conversation() -> None:
    talk = Talk().handshake().send(0, part(0, 100)).send(1, ack=100).send(1, b"reply", ack=100)
    talk.send(0, at=100, ack=5).send(0, at=100, ack=5, flags=FIN | ACK)
    assert kinds(talk) == ["fresh", "none", "fresh", "none", "control"]


def test_a_retransmission_has_its_first_copy_as_partner() -> None:
    talk = Talk().handshake().send(0, part(0, 100)).send(0, part(100, 150), at=100)
    found = classify(talk.send(0, part(0, 100), ms=300).conversation())
    assert KINDS[found.kind[5]] == "retransmission"
    assert found.partner.tolist() == [-1, -1, -1, -1, -1, 3]


def test_a_gap_and_what_fills_it() -> None:
    talk = Talk().handshake().send(0, part(100, 200), at=100).send(0, part(0, 100))
    found = classify(talk.conversation())
    assert kinds(talk) == ["gap", "fresh"]
    assert found.late.tolist() == [False, False, False, False, True]


def test_a_longer_retransmission_overlaps_to_the_left() -> None:
    talk = Talk().handshake().send(0, part(0, 100)).send(0, part(50, 200), at=50, ms=300)
    assert kinds(talk) == ["fresh", "overlap-left"]


def test_bytes_before_the_first_one_overlap_to_the_left() -> None:
    talk = Talk().handshake().send(0, b"junk" + part(0, 10), at=-4).send(0, part(10, 99), at=10)
    assert kinds(talk) == ["overlap-left", "fresh"]


def test_junk_in_front_of_a_part_shows_when_the_true_bytes_come() -> None:
    talk = Talk().handshake().send(0, part(134, 300), at=134)
    talk.send(0, b"\0" + part(2, 134), at=1).send(0, part(0, 2))
    assert kinds(talk) == ["gap", "overlap-left", "fresh"]


def test_shadows_name_their_genuine_partner() -> None:
    talk = Talk().handshake().send(0, bytes(50), ttl=3).send(0, part(0, 50))
    found = classify(talk.send(0, bytes(50), ttl=3).conversation())
    assert [KINDS[code] for code in found.kind[3:].tolist()] == ["shadow", "fresh", "shadow"]
    assert found.partner.tolist()[3:] == [4, -1, 4]


def test_out_of_window() -> None:
    talk = Talk().handshake().send(0, bytes(50), at=-10_000, ack=-66_000).send(0, part(0, 50))
    assert kinds(talk) == ["out-of-window", "fresh"]


def test_keep_alives_with_and_without_a_byte() -> None:
    talk = Talk().handshake().send(0, part(0, 100)).send(1, ack=100)
    talk.send(0, b"\0", at=99, ms=900).send(0, at=99, ms=1900).send(1, ack=100)
    assert kinds(talk) == ["fresh", "none", "keep-alive", "keep-alive", "none"]


def test_a_keep_alive_before_any_data() -> None:
    assert kinds(Talk().handshake().send(0, b"\0", at=-1, ms=900)) == ["keep-alive"]


def test_zero_window_probes_with_and_without_a_byte() -> None:
    talk = Talk().handshake().send(0, part(0, 100)).send(1, ack=100, window=0)
    talk.send(0, part(100, 101), at=100, ms=300).send(1, ack=100, window=0).send(0, at=100)
    assert kinds(talk)[2] == "zero-window-probe"
    bare = Talk().handshake().send(0, part(0, 100)).send(1, ack=100, window=0).send(0, at=99)
    assert kinds(bare)[2] == "zero-window-probe"


def test_a_single_byte_is_not_always_a_probe() -> None:
    talk = Talk().handshake().send(0, part(0, 1)).send(0, part(1, 2), at=1).send(0, part(0, 1))
    assert kinds(talk) == ["fresh", "fresh", "retransmission"]


def test_openings_and_endings_are_control() -> None:
    talk = Talk().handshake().send(0, flags=SYN).send(1, b"diagnosis", flags=RST)
    assert kinds(talk) == ["control", "control"]
    assert KINDS[classify(talk.conversation()).kind[0]] == "control"


def test_the_last_data_may_carry_the_fin() -> None:
    assert kinds(Talk().handshake().send(0, part(0, 9), flags=FIN | ACK)) == ["fresh"]


def test_across_the_wrap() -> None:
    talk = Talk(isn=2**32 - 50).handshake().send(0, part(0, 100)).send(0, part(100, 200), at=100)
    assert kinds(talk.send(0, part(40, 60), at=40)) == ["fresh", "fresh", "retransmission"]


def test_mid_stream() -> None:
    talk = Talk().send(0, part(100, 200), at=100).send(0, part(200, 250), at=200).send(1, ack=250)
    found = classify(talk.send(0, part(100, 200), at=100).conversation())
    assert [KINDS[code] for code in found.kind.tolist()] == [
        "fresh", "fresh", "none", "retransmission"
    ]  # fmt: skip


def test_fragments_and_datagrams() -> None:
    segment = build.tcp(part(0, 100), seq=1001, ack=5001, flags=ACK)
    first = build.ethernet(build.ipv4(segment[:40], 6, identification=7, fragment=0x2000))
    second = build.ethernet(build.ipv4(segment[40:], 6, identification=7, fragment=5))
    assert kinds(Talk().handshake().raw(first, 30).raw(second, 31)) == ["none", "fresh"]
    datagrams = Talk()
    for number in range(4):
        datagrams.raw(build.udp4(b"data"), number)
    assert kinds(datagrams) == ["fresh"]


def test_the_table_has_its_columns() -> None:
    conversation = Talk().handshake().send(0, bytes(9), ttl=3).send(0, part(0, 9)).conversation()
    table = segment_table(conversation, classify(conversation))
    assert tuple(table.columns) == tuple(COLUMNS)
    row = table.iloc[3]
    assert (row["kind"], row["standing"], row["partner"]) == ("shadow", "fake", 5)
    assert row["reasons"].startswith("low-ttl,unreachable,conflict")


PACKETS = st.lists(
    st.tuples(
        st.integers(0, 1), st.integers(-70_000, 3_000), st.integers(0, 40), st.integers(-5, 200),
        st.sampled_from([0, 2, 4, 16, 17, 18, 24, 56]), st.sampled_from([1, 64]), st.booleans(),
    ),
    max_size=30,
)  # fmt: skip


@settings(max_examples=60)
@given(PACKETS)
def test_whatever_comes_gets_a_kind_and_a_standing(packets: list[tuple[int, ...]]) -> None:
    talk = Talk().handshake()
    for side, at, size, ack, flags, ttl, bad in packets:
        talk.send(
            side, bytes([at % 256]) * size, at=at, ack=ack, flags=flags, ttl=ttl, bad=bool(bad)
        )
    for conversation in talk.conversations():
        found = classify(conversation)
        assert len(found.kind) == len(found.standing) == len(conversation)
        loaded = (conversation.length > 0) & (found.copy_of < 0)
        assert (found.kind[loaded] > 0).all()
        assert (found.partner < len(conversation)).all()
