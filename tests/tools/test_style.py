"""The measuring itself: each budget sees what breaks it, and nothing else."""

from __future__ import annotations

from pathlib import Path

from tools import style

GOOD = '''"""What it is."""

# A reason.
def public(value: int) -> int:
    """Return it.

    Raises
    ------
    ValueError
        Always.
    """
    raise ValueError(value)


def _private(value: int) -> int:
    return value  # noqa: RET504
'''
BAD = '''"""What it is."""


class Holder:
    def method(self, value, *more, flag=True):
        """Return nothing."""
        raise ValueError(value)

    @property
    def bare(self) -> int:
        return 1


def outer() -> None:
    """Hold another."""

    def inner() -> None:
        raise ValueError
'''


def write(root: Path, name: str, text: str) -> Path:
    path = root / "workbench" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_module_has_no_problems(tmp_path: Path) -> None:
    found = style.functions(write(tmp_path, "good.py", GOOD), tmp_path)
    assert [(f.name, f.public, f.problems) for f in found] == [
        ("public", True, ()),
        ("_private", False, ()),
    ]
    assert [f.lines for f in found] == [2, 2]
    assert found[0].place == "workbench/good.py:4"


def test_missing_types_docstrings_and_raises_are_seen(tmp_path: Path) -> None:
    found = {f.name: f for f in style.functions(write(tmp_path, "bad.py", BAD), tmp_path)}
    assert found["Holder.method"].problems == (
        "no type for value",
        "no type for flag",
        "no type for more",
        "no type for return",
        "raises, and has no Raises section",
    )
    assert found["Holder.bare"].problems == ("no docstring",)
    assert found["outer"].problems == ()
    assert not found["outer.inner"].public


def test_nothing_in_a_private_module_is_public(tmp_path: Path) -> None:
    found = style.functions(write(tmp_path, "_inside.py", GOOD), tmp_path)
    assert not any(f.public for f in found)


def test_comments_and_code_are_told_apart(tmp_path: Path) -> None:
    assert style.code_and_comment_lines(write(tmp_path, "good.py", GOOD)) == (4, 1)


def test_each_module_has_a_place_for_its_tests(tmp_path: Path) -> None:
    deep = write(tmp_path, "capture/reader.py", GOOD)
    assert style.mirrored_test(deep, tmp_path) == tmp_path / "tests/capture/test_reader.py"
    empty = write(tmp_path, "capture/__init__.py", '"""Only words."""\n')
    assert style.mirrored_test(empty, tmp_path) is None
    late = write(tmp_path, "views/__init__.py", "def __getattr__(name: str) -> object: ...")
    assert style.mirrored_test(late, tmp_path) is None
    full = write(tmp_path, "__init__.py", GOOD)
    assert style.mirrored_test(full, tmp_path) == tmp_path / "tests/test_import.py"


def test_the_report_names_every_budget(tmp_path: Path) -> None:
    write(tmp_path, "good.py", GOOD)
    text = style.report(tmp_path)
    assert "module lines, largest" in text
    assert "25.0" in text
    assert style.report(tmp_path / "nothing")
