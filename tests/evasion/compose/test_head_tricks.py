"""Changes to an HTTP head."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evasion.compose.stage import HELLO
from workbench.evasion.compose.drawing import dice
from workbench.evasion.compose.head_tricks import tricked
from workbench.evasion.strategy import Http

PAGE = b"GET / HTTP/1.1\r\nHost: x.com\r\nUser-Agent: a\r\n\r\n"
TOOLS = ("nfqws", "goodbyedpi", "tpws", "byedpi")


def changed(tool: str, page: bytes = PAGE, **tricks) -> bytes:
    return tricked(page, Http(**tricks), tool, dice(1))


@pytest.mark.parametrize("tool", TOOLS)
def test_no_trick_changes_nothing(tool) -> None:
    assert changed(tool) == PAGE
    assert changed(tool, HELLO, spelling="host") == HELLO
    assert b"hoSt: x.com" in changed(tool, spelling="hoSt")


def test_zapret_moves_the_blank() -> None:
    assert (
        changed("nfqws", no_space=True) == b"GET / HTTP/1.1\r\nHost:x.com\r\nUser-Agent: a \r\n\r\n"
    )
    turned = b"GET / HTTP/1.1\r\nUser-Agent: a\r\nHost: x.com\r\n\r\n"
    assert (
        changed("nfqws", turned, no_space=True)
        == b"GET / HTTP/1.1\r\nUser-Agent: a \r\nHost:x.com\r\n\r\n"
    )
    bare = b"GET / HTTP/1.1\r\nHost: x.com\r\n\r\n"
    assert changed("nfqws", bare, no_space=True) == bare


def test_zapret_puts_a_line_end_before_the_method() -> None:
    assert (
        changed("nfqws", method_eol=True)
        == b"\nGET / HTTP/1.1\r\nHost:x.com\r\nUser-Agent: a\r\n\r\n"
    )
    assert len(changed("nfqws", method_eol=True)) == len(PAGE)


@pytest.mark.parametrize(
    ("tool", "name"), [("nfqws", b"X.CoM"), ("goodbyedpi", b"x.cOm"), ("byedpi", b"X.CoM")]
)
def test_the_case_of_the_name(tool, name) -> None:
    assert changed(tool, domain_case=True) == PAGE.replace(b"x.com", name)


def test_goodbyedpi_takes_the_blank_to_the_method() -> None:
    both = changed("goodbyedpi", no_space=True, method_space=True)
    assert both == b"GET  / HTTP/1.1\r\nHost:x.com\r\nUser-Agent: a\r\n\r\n"


def test_byedpi_puts_a_tab_behind_the_name() -> None:
    assert b"Host:x.com\t\r\n" in changed("byedpi", no_space=True)


def test_tpws_adds_and_takes() -> None:
    assert changed("tpws", method_eol=True) == b"\r\n" + PAGE
    assert changed("tpws", method_space=True).startswith(b"GET  / ")
    assert b"Host: x.com.\r\n" in changed("tpws", dot=True)
    assert b"Host: x.com\t\r\n" in changed("tpws", tab=True)
    assert b"\r\nHost:x.com\r\n" in changed("tpws", no_space=True)
    unix = changed("tpws", unix_eol=True)
    assert b"\r" not in unix
    assert unix.endswith(b"\n\n")


@given(st.integers(1, 6000))
def test_padding_has_its_size(size) -> None:
    padded = changed("tpws", pad=size)
    assert len(padded) - len(PAGE) == max(size, 9)
    assert padded.endswith(PAGE[16:])
    assert all(b": " in line for line in padded.split(b"\r\n")[1:-2])


@given(st.binary(max_size=120), st.sampled_from(TOOLS))
def test_any_bytes_are_taken(data, tool) -> None:
    odd = b"GET / HTTP/1.1\r\nHost:" + data
    tricks = Http("host", True, True, True, True, True, True, True, 20)
    assert isinstance(tricked(odd, tricks, tool, dice(1)), bytes)
