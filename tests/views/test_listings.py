"""The package's tables on a page."""

from __future__ import annotations

import pandas as pd

from tests.frames import connection_table, download, packet_table, problem_table
from workbench.traffic.focus import Choice
from workbench.views import listings
from workbench.views.figures import Figure


def test_connections_are_listed_by_size_with_a_count_of_the_rest() -> None:
    rows = [{"connection": n, "wire_bytes_client": n, "packets": 3} for n in range(20)]
    shown = listings.connection_table(connection_table(rows), rows=5)
    lines = shown.text.splitlines()
    assert lines[2].split()[:3] == ["19", "10.0.0.1:40000", "10.0.0.2:443"]
    assert "15 more connections with 45 packets" in shown.html
    assert listings.connection_table(connection_table([])).text.endswith("none.")


def test_problems_are_listed_only_where_there_are_any() -> None:
    assert listings.problem_table(problem_table()).html == ""
    shown = listings.problem_table(problem_table([(3, 99, "cut", "<b>short</b>")]))
    assert "&lt;b&gt;short&lt;/b&gt;" in shown.html


def test_a_connection_is_shown_from_both_sides() -> None:
    row = {"connection": 7, "payload_client": 517, "payload_server": 7_000}
    asked: list[int] = []

    def packets(connection: int) -> pd.DataFrame:
        asked.append(connection)
        return download()

    seen = listings.connection_views(packets, connection_table([row]), Choice(7, "it is here"))
    assert asked == [7]
    figures = [view for view in seen if isinstance(view, Figure)]
    labels = [view.picture.label.split(":")[0] for view in figures]
    assert labels == ["Sequence chart", "Packet ladder"]
    assert "The client sent 517 B in 1 segment" in seen[3].text  # type: ignore[union-attr]


def test_no_connection_is_a_sentence() -> None:
    seen = listings.connection_views(lambda _: packet_table([]), connection_table([]), None)
    assert len(seen) == 1
    assert "no connection to look at" in seen[0].text  # type: ignore[union-attr]


def test_tcp_counts_are_not_told_of_datagrams() -> None:
    udp = connection_table([{"protocol": "udp"}]).iloc[0]
    assert "Resets" not in listings.side_table(udp).text
    silent = connection_table([{"protocol": "udp", "ttl_server": 0}]).iloc[0]
    assert listings.side_table(silent).text.splitlines()[-1].split()[-2:] == ["64", "–"]
    assert "Resets" in listings.side_table(connection_table([{}]).iloc[0]).text


def test_what_each_side_sent_first_is_shown() -> None:
    asked: list[int] = []

    def payload(frame: int) -> bytes:
        asked.append(frame)
        return b"GET /<b> HTTP/1.1\r\nHost: x.org\r\n\r\n"

    table = connection_table([{"connection": 7}])
    seen = listings.connection_views(lambda _: download(), table, Choice(7, "it is here"), payload)
    assert asked == [4, 5]
    assert "What the client sent first, in frame 4:" in seen[-2].html  # type: ignore[union-attr]
    assert "GET x.org /&lt;b&gt;" in seen[-2].html  # type: ignore[union-attr]
    silent = listings.connection_views(
        lambda _: packet_table([{}]), table, Choice(7, "it is here"), payload
    )
    assert silent[-1].text == "The server sent no payload."  # type: ignore[union-attr]
