"""Tables leave as Parquet, CSV and JSON Lines, and come back with the same content."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
import weakref
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from tests.capture.conditions import rows, value_of
from tests.frames import PACKET_DEFAULTS, connection_table, packet_table
from tests.hostile import hostile_text
from workbench.capture import export, schema
from workbench.capture.export import csv_lines, harmless, json_lines, to_csv, to_jsonl, to_parquet
from workbench.capture.reader import read_packets
from workbench.capture.table import packet_table as real_table
from workbench.errors import ColumnError, OutputError, ParameterError

ROOT = Path(__file__).resolve().parents[2]
TABLE = packet_table([{"ttl": 3}, {"ip_version": 0, "ttl": 0, "source": None, "protocol": "arp"}])


@pytest.fixture(scope="module")
def real() -> pd.DataFrame:
    packets = read_packets(ROOT / "data" / "ordinary.pcapng")
    table = real_table(packets)
    packets.close()
    return table


def test_parquet_holds_the_table_with_its_types(real, tmp_path) -> None:
    to_parquet([real], tmp_path / "a.parquet")
    found = pq.read_table(tmp_path / "a.parquet")
    assert found.num_rows == len(real)
    assert found.schema.field("time").type == pa.timestamp("ns", tz="UTC")
    assert found.schema.field("source").type == pa.dictionary(pa.int32(), pa.string())
    assert found.schema.field("seq").type == pa.uint32()
    assert found.schema.field("dont_fragment").type == pa.bool_()
    frame = found.to_pandas()
    pd.testing.assert_series_equal(frame["time"], real["time"])
    assert frame["source"].astype(object).equals(real["source"].astype(object))


def test_parquet_is_null_where_a_column_does_not_apply(real, tmp_path) -> None:
    to_parquet([real], tmp_path / "a.parquet")
    found = pq.read_table(tmp_path / "a.parquet")
    ip, tcp = int((real["ip_version"] != 0).sum()), int((real["protocol"] == "tcp").sum())
    assert 0 < tcp < ip < len(real)
    assert len(real) - found.column("ttl").null_count == ip
    assert len(real) - found.column("seq").null_count == tcp
    assert found.column("frame").null_count == found.column("problem").null_count == 0


def test_parquet_is_compressed_in_row_groups(real, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(export, "ROW_GROUP", 100)
    to_parquet(iter([real, real.iloc[:50]]), tmp_path / "a.parquet")
    about = pq.ParquetFile(tmp_path / "a.parquet").metadata
    assert about.num_rows == len(real) + 50
    assert [about.row_group(n).num_rows for n in range(about.num_row_groups)] == [
        *[100] * (len(real) // 100), len(real) % 100, 50
    ]  # fmt: skip
    assert about.row_group(0).column(0).compression == "ZSTD"


def test_parquet_says_where_packets_come_from_but_not_who_had_them(tmp_path) -> None:
    files = [("/home/ann/secret/visit.pcap", "ab" * 32)]
    to_parquet([TABLE], tmp_path / "a.parquet", files=files)
    about = pq.read_schema(tmp_path / "a.parquet").metadata
    assert about[b"workbench.schema"] == str(schema.VERSION).encode()
    assert json.loads(about[b"workbench.files"]) == [{"name": "visit.pcap", "sha256": "ab" * 32}]
    assert b"ann" not in (tmp_path / "a.parquet").read_bytes()


def test_tables_may_have_categories_of_their_own(tmp_path) -> None:
    parts = [packet_table([{"source": text}]) for text in ("10.0.0.1", "fd00::1")]
    to_parquet(parts, tmp_path / "a.parquet")
    assert pq.read_table(tmp_path / "a.parquet")["source"].to_pylist() == ["10.0.0.1", "fd00::1"]


def test_an_empty_table_has_columns_in_every_format(tmp_path) -> None:
    empty = TABLE.iloc[:0]
    to_parquet([empty], tmp_path / "a.parquet")
    to_csv([empty], tmp_path / "a.csv")
    to_jsonl([empty], tmp_path / "a.jsonl")
    assert pq.read_table(tmp_path / "a.parquet").column_names == list(TABLE.columns)
    assert (tmp_path / "a.csv").read_bytes().startswith(b"frame,time,interface,")
    assert (tmp_path / "a.jsonl").read_bytes() == b""


@pytest.mark.parametrize("write", [to_parquet, to_csv, to_jsonl])
def test_no_table_at_all_is_an_error(write, tmp_path) -> None:
    with pytest.raises(ParameterError, match="at least one table"):
        write([], tmp_path / "a")


@pytest.mark.parametrize("write", [to_parquet, to_csv, to_jsonl])
def test_an_unknown_column_leaves_no_file(write, tmp_path) -> None:
    with pytest.raises(ColumnError, match="Did you mean ttl"):
        write([TABLE], tmp_path / "a", columns=["tttl"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", [to_parquet, to_csv, to_jsonl])
def test_a_source_that_fails_leaves_the_older_file(write, tmp_path) -> None:
    def tables():
        yield TABLE
        raise KeyError("half way")

    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(KeyError):
        write(tables(), tmp_path / "a")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


@pytest.mark.parametrize("write", [to_parquet, to_csv, to_jsonl])
def test_a_folder_is_no_place_for_a_table(write, tmp_path) -> None:
    with pytest.raises(OutputError, match="it is a folder"):
        write([TABLE], tmp_path)


@pytest.mark.parametrize("write", [to_parquet, to_csv, to_jsonl])
def test_tables_are_let_go_as_they_are_written(write, tmp_path) -> None:
    alive: list[weakref.ref[pd.DataFrame]] = []
    most = 0

    def tables():
        nonlocal most
        for number in range(9):
            table = packet_table([{"ttl": number}])
            alive.append(weakref.ref(table))
            yield table
            del table
            most = max(most, sum(each() is not None for each in alive))

    write(tables(), tmp_path / "a")
    assert len(alive) == 9
    assert most <= 3


def test_csv_is_what_the_standard_says(tmp_path) -> None:
    to_csv([TABLE], tmp_path / "a.csv", columns=["frame", "time", "source", "ttl", "dont_fragment"])
    assert (tmp_path / "a.csv").read_bytes() == (
        b"frame,time,source,ttl,dont_fragment\r\n"
        b"1,2023-11-14T22:13:20.000000000Z,10.0.0.1,3,true\r\n"
        b"2,2023-11-14T22:13:20.000000000Z,,,\r\n"
    )


def test_compressed_csv_has_the_same_content(tmp_path) -> None:
    to_csv([TABLE], tmp_path / "a.csv")
    to_csv([TABLE], tmp_path / "a.csv.gz")
    packed = (tmp_path / "a.csv.gz").read_bytes()
    assert gzip.decompress(packed) == (tmp_path / "a.csv").read_bytes()


@given(st.lists(hostile_text.filter(lambda text: "\0" not in text), min_size=1, max_size=4))
def test_any_text_comes_back_from_csv_and_no_cell_is_a_formula(texts) -> None:
    frame = pd.DataFrame({"n": range(len(texts)), "reason": pd.Series(texts, dtype=object)})
    encoded = "".join(csv_lines([frame], absent={})).encode("utf-8", "replace").decode()
    found = list(csv.reader(io.StringIO(encoded, newline="")))[1:]
    assert len(found) == len(texts)
    for (_, cell), text in zip(found, texts, strict=True):
        assert not cell.startswith(export.FORMULA_STARTS)
        assert cell == harmless(text.encode("utf-8", "replace").decode())


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_formulas_are_made_text(start) -> None:
    assert harmless(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


def test_numbers_below_zero_are_no_formulas() -> None:
    frame = pd.DataFrame({"offset": [-1]})
    assert "".join(csv_lines([frame], absent={})) == "offset\r\n-1\r\n"


def test_json_lines_are_objects_with_null_for_nothing() -> None:
    text = "".join(json_lines([TABLE], columns=["frame", "ttl", "source", "md5", "time"]))
    first, second = map(json.loads, text.splitlines())
    assert first == {
        "frame": 1, "ttl": 3, "source": "10.0.0.1", "md5": False,
        "time": "2023-11-14T22:13:20.000000000Z",
    }  # fmt: skip
    assert (second["ttl"], second["source"], second["md5"]) == (None, None, None)


@given(st.lists(hostile_text, min_size=1, max_size=4))
def test_json_lines_cannot_touch_a_terminal_and_keep_any_text(texts) -> None:
    frame = pd.DataFrame({"reason": pd.Series(texts, dtype=object)})
    text = "".join(json_lines([frame], absent={}))
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    assert [json.loads(line)["reason"] for line in text.splitlines()] == texts


@given(drawn=st.lists(rows(), min_size=1, max_size=3))
def test_all_formats_agree_about_what_applies(tmp_path_factory, drawn) -> None:
    table = packet_table(drawn)
    complete = [
        {name: row.get(name, default) for name, (_, default) in PACKET_DEFAULTS.items()}
        for row in drawn
    ]
    path = to_parquet([table], tmp_path_factory.mktemp("agree") / "a.parquet")
    names = [name for name in table.columns if name not in ("frame", "time")]
    expected = [{name: value_of(row, name) for name in names} for row in complete]
    from_parquet = pq.read_table(path, columns=names).to_pylist()
    from_json = [json.loads(line) for text in json_lines([table], columns=names)
                 for line in text.splitlines()]  # fmt: skip
    assert from_parquet == expected
    assert from_json == expected


def test_connections_leave_too(tmp_path) -> None:
    table = connection_table([{"handshake_rtt_ns": -1}, {"handshake_rtt_ns": 7}])
    absent = {"handshake_rtt_ns": -1}
    to_parquet([table], tmp_path / "a.parquet", absent=absent)
    found = pq.read_table(tmp_path / "a.parquet")
    assert found["handshake_rtt_ns"].to_pylist() == [None, 7]
    assert b"workbench.schema" not in (found.schema.metadata or {})
    line = next(json_lines([table], absent=absent)).splitlines()[0]
    assert json.loads(line)["handshake_rtt_ns"] is None


def test_other_columns_help_to_tell_what_applies(tmp_path) -> None:
    no_hops = build.read(build.pcap([build.ethernet(build.ipv4(b"", 253, ttl=0))]))
    table = real_table(no_hops, ["ttl", "ip_version"])
    assert next(json_lines([table], columns=["ttl"])) == '{"ttl": 0}\n'
    assert next(json_lines([table[["ttl"]]], columns=["ttl"])) == '{"ttl": null}\n'


def test_what_is_asked_for_comes_with_what_tells_where_it_applies() -> None:
    names, tables = export.asked_for(lambda wanted: iter([TABLE[list(wanted)]]), ["frame", "ttl"])
    assert names == ["frame", "ttl"]
    assert next(tables).columns.tolist() == ["frame", "ttl", "ip_version"]
    with pytest.raises(ColumnError):
        export.asked_for(lambda wanted: iter([]), ["tttl"])


def test_csv_and_json_need_no_arrow() -> None:
    code = (
        "import sys; sys.modules['pyarrow.parquet'] = None\n"
        "from workbench.capture.export import csv_lines, json_lines\n"
        "import pandas as pd\n"
        "frame = pd.DataFrame({'ttl': [1]})\n"
        "print(*csv_lines([frame]), *json_lines([frame]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=ROOT,
    )
    assert '{"ttl": 1}' in done.stdout
