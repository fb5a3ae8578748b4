"""Headline, cards, findings, facts."""

from __future__ import annotations

from hypothesis import given

from tests.hostile import hostile_text
from tests.views.test_tables import read
from workbench.traffic.health import Finding
from workbench.views import blocks


@given(hostile_text)
def test_blocks_hold_only_our_tags(text: str) -> None:
    finding = Finding(text, "high", text, text, 1, (1,))
    made = {
        blocks.headline(text, text): {"h1", "p"},
        blocks.cards([blocks.Card(text, [text], "bad")]): {"div", "section", "h2", "p"},
        blocks.findings([finding], nothing=text): {"ul", "li", "span", "div", "strong"},
        blocks.findings([], nothing=text): {"p"},
        blocks.facts({text: text}): {"dl", "div", "dt", "dd"},
    }
    for block, tags in made.items():
        reader = read(block.html)
        assert {tag for tag, _ in reader.tags} == tags
        assert {name for _, attrs in reader.tags for name in attrs} <= {"class"}
        assert all(line.isprintable() for line in block.text.split("\n"))


def test_findings_name_gravity_and_frames() -> None:
    found = [
        Finding("a", "high", "Broken.", "Why.", 9, (1, 2), more=True),
        Finding("b", "info", "Odd.", "So.", 1),
    ]
    html = blocks.findings(found, nothing="Fine.").html
    assert '<li class="bad"><span class="grave">serious</span>' in html
    assert "frames 1, 2, …" in html
    assert html.count("frames") == 1
    assert "serious: Broken." in blocks.findings(found, nothing="Fine.").text


def test_nothing_wrong_is_a_statement() -> None:
    assert blocks.findings([], nothing="Fine.").html == '<p class="well">Fine.</p>'
