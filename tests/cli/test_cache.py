"""``workbench cache``: lists and clears what is kept, and touches nothing else."""

from __future__ import annotations

import pytest

from tests.capture import build
from tests.cli.running import run
from workbench.capture import cache as kept_tables
from workbench.cli import cache


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a cache folder with a table, kernels and things of others in it."""
    place = tmp_path / "cache"
    place.mkdir(mode=0o700)
    monkeypatch.setenv("WORKBENCH_CACHE_DIR", str(place))
    (place / "tables").mkdir()
    (place / "tables" / "abc.arrow").write_bytes(b"x" * 2048)
    (place / "tables" / "left.part").write_bytes(b"x")
    (place / "kernels" / "capture-1").mkdir(parents=True)
    (place / "kernels" / "capture-1" / "code.nbi").write_bytes(b"y" * 1024)
    (place / "letter.txt").write_bytes(b"mine")
    (place / "tables" / "letter.txt").write_bytes(b"mine")
    return place


def test_entries_are_listed_with_sizes(capsys, folder) -> None:
    done = run(capsys, "cache")
    lines = done.out.splitlines()
    assert lines[0].split()[:3] == ["table", "2.0", "KiB"]
    assert lines[0].endswith("abc.arrow")
    assert lines[1].split()[:3] == ["kernels", "1.0", "KiB"]
    assert lines[2] == f"2 entries, 3.0 KiB in {folder}"


def test_json_has_an_object_an_entry(capsys, folder) -> None:
    rows = run(capsys, "cache", "--json").objects
    assert [(row["kind"], row["name"], row["size_bytes"]) for row in rows] == [
        ("table", "abc.arrow", 2048),
        ("kernels", "capture-1", 1024),
    ]
    assert all(row["used"].endswith("Z") for row in rows)


def test_clearing_leaves_what_is_not_ours(capsys, folder) -> None:
    done = run(capsys, "cache", "clear")
    assert (done.code, done.out) == (0, "3.0 KiB freed\n")
    left = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert left == ["letter.txt", "tables/letter.txt"]
    assert run(capsys, "cache", "clear", "--json").objects == [{"freed_bytes": 0, "left_bytes": 0}]


def test_clearing_does_not_follow_links(capsys, folder, tmp_path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "letter.txt").write_bytes(b"mine")
    (folder / "kernels" / "link").symlink_to(outside)
    assert run(capsys, "cache", "clear").code == 0
    assert (outside / "letter.txt").exists()
    (folder / "kernels").rename(folder / "old")
    (folder / "kernels").symlink_to(tmp_path)
    assert run(capsys, "cache", "clear").code == 0
    assert (outside / "letter.txt").exists()


def test_no_cache_is_an_empty_one(capsys, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("WORKBENCH_CACHE_DIR", str(tmp_path / "none"))
    assert run(capsys, "cache").out.startswith("0 entries, 0 B in ")
    assert run(capsys, "cache", "--json").out == ""


def test_a_folder_that_others_can_see_is_not_cleared(capsys, folder) -> None:
    folder.chmod(0o755)
    done = run(capsys, "cache", "clear")
    assert done.code == 2
    assert "open to other users" in done.err
    assert (folder / "kernels" / "capture-1").exists()


def test_what_reading_keeps_is_listed(capsys, folder, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(kept_tables, "WORTH_PLAIN", 0)
    (tmp_path / "a.pcap").write_bytes(build.pcap([build.tcp4()]))
    assert run(capsys, "packets", tmp_path / "a.pcap").code == 0
    assert len([each for each in cache.kept() if each.kind == "table"]) == 2
