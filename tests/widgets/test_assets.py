"""Script and style sheet of the page."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

from workbench.views.theme import theme
from workbench.widgets.assets import SCRIPTS, page_script, page_style
from workbench.widgets.desk import PAGE_ROWS

SCRIPT, STYLE = page_script(), page_style()


def test_every_file_of_the_page_is_in_it() -> None:
    names = {path.name for path in files("workbench.widgets").joinpath("page").iterdir()}
    assert names == {*SCRIPTS, "explorer.css"}


def test_nothing_comes_from_anywhere_else() -> None:
    addresses = set(re.findall(r"https?://[^\s\"']+", SCRIPT + STYLE))
    assert addresses == {"http://www.w3.org/2000/svg"}
    for word in ("import(", "fetch(", "XMLHttpRequest", "WebSocket", "@import", "url("):
        places = [line for line in (SCRIPT + STYLE).splitlines() if word in line]
        ours = [
            line
            for line in places
            if "url(#${" in line or "this.fetch(" in line or "fetch(first" in line
        ]
        assert places == ours


@pytest.mark.parametrize(
    "word",
    [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "srcdoc",
    ],
)
def test_text_never_becomes_markup(word: str) -> None:
    assert word not in SCRIPT


def test_the_script_is_one_module() -> None:
    assert SCRIPT.count("export default") == 1
    assert not re.search(r"^import ", SCRIPT, re.MULTILINE)
    assert f"const PAGE_ROWS = {PAGE_ROWS};" in SCRIPT


def test_the_script_can_be_read_by_an_engine(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    path = tmp_path / "page.mjs"
    path.write_text(SCRIPT, "utf-8")
    done = subprocess.run([node, "--check", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_rules_reach_nothing_outside_the_widget() -> None:
    rules = re.findall(r"(?:^|[}\n])\s*([^@{}]+)\{", STYLE)
    selectors = [part for rule in rules for part in re.sub(r"\([^)]*\)", "", rule).split(",")]
    assert [each for each in selectors if not each.strip().startswith(".wb-explorer")] == []


def test_colours_are_those_of_the_theme() -> None:
    own = re.sub(r"^.*\n.*\n", "", STYLE)
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", own)) <= {theme().colour("text")}
    used = set(re.findall(r"var\(--([a-z]+)\)", own)) - {"family", "mono", "ink"}
    assert used <= set(theme().light)
