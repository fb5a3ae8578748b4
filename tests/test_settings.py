"""Settings: defaults, the environment, and a cache folder nobody else can look into."""

from __future__ import annotations

import dataclasses
import os
import stat
from pathlib import Path

import pytest

from workbench.errors import OutputError, ParameterError
from workbench.settings import Settings, available_cpus, private_cache_dir, settings


def test_defaults_stand_in_an_empty_environment() -> None:
    chosen = Settings.from_environment({"HOME": "/home/someone"})
    assert chosen.cache_dir == Path("/home/someone/.cache/workbench")
    assert chosen.max_decompressed_bytes == 16 * 2**30
    assert chosen.max_problems == 10_000
    assert chosen.max_reassembly_bytes == 64 * 2**20
    assert chosen.compiled_from_bytes == 16 * 2**20
    assert chosen.use_compiled == "auto"
    assert chosen.threads == available_cpus() >= 1
    assert chosen == Settings(cache_dir=chosen.cache_dir)


@pytest.mark.parametrize(
    ("environment", "field", "value"),
    [
        ({"WORKBENCH_CACHE_DIR": "/c", "XDG_CACHE_HOME": "/x"}, "cache_dir", Path("/c")),
        ({"XDG_CACHE_HOME": "/x"}, "cache_dir", Path("/x/workbench")),
        ({"XDG_CACHE_HOME": "x", "HOME": "/h"}, "cache_dir", Path("/h/.cache/workbench")),
        ({"WORKBENCH_MAX_DECOMPRESSED_BYTES": "2GiB"}, "max_decompressed_bytes", 2 * 2**30),
        ({"WORKBENCH_MAX_PROBLEMS": " 1_000 "}, "max_problems", 1000),
        ({"WORKBENCH_MAX_REASSEMBLY_BYTES": "1 KiB"}, "max_reassembly_bytes", 1024),
        ({"WORKBENCH_MAX_CACHE_BYTES": "0"}, "max_cache_bytes", 0),
        ({"WORKBENCH_COMPILED_FROM_BYTES": "4MIB"}, "compiled_from_bytes", 4 * 2**20),
        ({"WORKBENCH_COMPILED": "never"}, "use_compiled", "never"),
        ({"WORKBENCH_THREADS": "3"}, "threads", 3),
        ({"WORKBENCH_THREADS": ""}, "threads", available_cpus()),
    ],
)
def test_the_environment_moves_each_setting(
    environment: dict[str, str], field: str, value: object
) -> None:
    assert getattr(Settings.from_environment(environment), field) == value


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("WORKBENCH_THREADS", "0"),
        ("WORKBENCH_THREADS", "257"),
        ("WORKBENCH_THREADS", "many"),
        ("WORKBENCH_MAX_PROBLEMS", "-1"),
        ("WORKBENCH_MAX_PROBLEMS", "1.5"),
        ("WORKBENCH_MAX_DECOMPRESSED_BYTES", "1 parsec"),
        ("WORKBENCH_MAX_DECOMPRESSED_BYTES", "9999999999 TiB"),
        ("WORKBENCH_COMPILED", "Sometimes"),
    ],
)
def test_a_wrong_value_is_an_error_that_names_its_variable(variable: str, value: str) -> None:
    with pytest.raises(ParameterError, match=variable):
        Settings.from_environment({variable: value})


def test_settings_are_frozen_and_follow_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WORKBENCH_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("WORKBENCH_MAX_PROBLEMS", "7")
    chosen = settings()
    assert (chosen.cache_dir, chosen.max_problems) == (tmp_path, 7)
    with pytest.raises(dataclasses.FrozenInstanceError):
        chosen.max_problems = 8  # type: ignore[misc]


@pytest.mark.parametrize(
    ("use", "size_bytes", "expected"),
    [("auto", 99, False), ("auto", 100, True), ("always", 0, True), ("never", 2**40, False)],
)
def test_kernels_are_compiled_by_size_unless_told_otherwise(
    use: str, size_bytes: int, *, expected: bool
) -> None:
    chosen = Settings.from_environment(
        {"WORKBENCH_COMPILED": use, "WORKBENCH_COMPILED_FROM_BYTES": "100"}
    )
    assert chosen.compiles(size_bytes) is expected


def test_the_cache_folder_is_made_private_whatever_the_umask(tmp_path: Path) -> None:
    chosen = Settings(cache_dir=tmp_path / "a" / "b")
    before = os.umask(0)
    try:
        made = private_cache_dir(chosen)
    finally:
        os.umask(before)
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert private_cache_dir(chosen) == made


def test_a_cache_folder_open_to_others_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with pytest.raises(OutputError, match=r"mode 755.*WORKBENCH_CACHE_DIR"):
        private_cache_dir(Settings(cache_dir=tmp_path))


def test_a_file_in_the_place_of_the_cache_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OutputError, match="cannot be written"):
            private_cache_dir(Settings(cache_dir=path))


def test_a_cache_folder_of_someone_else_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(OutputError, match="another user"):
        private_cache_dir(Settings(cache_dir=tmp_path))
