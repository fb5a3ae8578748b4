"""What the documents point at exists, and what they say about settings and commands is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workbench.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [
    *ROOT.glob("*.md"),
    *(path for folder in ("docs", "data", "reports") for path in (ROOT / folder).rglob("*.md")),
]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_that_exist(path: Path) -> None:
    links = LINK.findall(path.read_text(encoding="utf-8"))
    inside = [link.partition("#")[0] for link in links if "://" not in link]
    assert [link for link in inside if link and not (path.parent / link).exists()] == []


def test_the_two_commands_come_first() -> None:
    start = README[: README.index("##")]
    assert start.index("make report") < start.index("make test") < start.index("![")


def test_every_setting_is_in_the_table_and_nothing_else() -> None:
    listed = set(re.findall(r"^\| `(WORKBENCH_[A-Z_]+)`", README, flags=re.MULTILINE))
    for variable in listed:
        wrong = {variable: "{" if variable != "WORKBENCH_CACHE_DIR" else "/somewhere"}
        if variable == "WORKBENCH_CACHE_DIR":
            assert Settings.from_environment(wrong).cache_dir == Path("/somewhere")
        else:
            with pytest.raises(ValueError, match=variable):
                Settings.from_environment(wrong)
    assert len(listed) == len(Settings.__dataclass_fields__)


def test_every_target_of_make_that_a_document_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        named = set(re.findall(r"`make ([a-z]+)|^make ([a-z]+)", text, flags=re.MULTILINE))
        assert {first or second for first, second in named} <= targets, path


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    notes = sorted(path.name for path in folder.glob("0*.md"))
    assert notes
    assert [name for name in notes if name not in listed] == []
    assert [name[:4] for name in notes] == [f"{n:04d}" for n in range(1, len(notes) + 1)]
