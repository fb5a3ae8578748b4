"""Choosing the connection to look at."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.frames import connection_table
from tests.hostile import hostile_text
from workbench.errors import ParameterError
from workbench.traffic.focus import choose

TABLE = connection_table(
    [
        {"connection": 0, "payload_server": 10},
        {"connection": 1, "payload_server": 9_000, "server": "2001:db8::7", "server_port": 80},
        {"connection": 2, "retransmissions_client": 3, "server": "10.0.0.77"},
    ]
)


def test_without_a_focus_trouble_comes_first_then_payload() -> None:
    assert choose(TABLE) == choose(TABLE, " ")
    troubled = choose(TABLE)
    assert troubled is not None
    assert troubled.connection == 2
    assert "retransmissions" in troubled.reason
    calm = choose(TABLE[TABLE["connection"] < 2])
    assert calm is not None
    assert calm.connection == 1
    assert "payload" in calm.reason


@pytest.mark.parametrize(
    ("focus", "connection", "others"),
    [("1", 1, 0), ("#0", 0, 0), ("2001:DB8::7", 1, 0), ("10.0.0.77:443", 2, 0), ("db8", 1, 0),
     ("10.0.0.1", 2, 2)],
)  # fmt: skip
def test_numbers_addresses_and_parts_of_them(focus: str, connection: int, others: int) -> None:
    choice = choose(TABLE, focus)
    assert choice is not None
    assert (choice.connection, choice.others) == (connection, others)


def test_names_are_found_where_the_table_has_them() -> None:
    choice = choose(TABLE.assign(server_name=["a.example", "b.example", ""]), "B.example")
    assert choice is not None
    assert choice.connection == 1


@pytest.mark.parametrize("focus", ["3", "99999999999999999999", "nobody.example"])
def test_what_is_not_there_is_an_error_that_says_what_is(focus: str) -> None:
    with pytest.raises(ParameterError, match=r"focus.*(0 to 2|10\.0\.0\.77)"):
        choose(TABLE, focus)


def test_nothing_to_choose_from() -> None:
    empty = connection_table([])
    assert choose(empty) is None
    for focus in ("0", "10.0.0.1"):
        with pytest.raises(ParameterError, match="none"):
            choose(empty, focus)


@given(hostile_text)
def test_any_text_is_a_choice_or_a_clear_error(focus: str) -> None:
    try:
        assert choose(TABLE, focus) is not None
    except ParameterError as error:
        message = str(error)
    else:
        message = ""
    assert message.isprintable()
