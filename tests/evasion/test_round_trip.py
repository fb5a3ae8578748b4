"""What is composed is recognised, for commands drawn from all that zapret and byedpi can do."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.evasion.compose.stage import HELLO, LONG, PATH, PATH6
from tests.evasion.sequences import found
from tests.evasion.truth import judge
from workbench.evasion.compose.capture import View
from workbench.evasion.compose.path import PathFacts
from workbench.evasion.parsing.commands import parse_profiles

POSITIONS = ("1", "2", "5", "method+2,3", "host", "host+1", "endhost-1", "midsld", "sniext+1")
FOOLING = ("badsum", "badseq", "md5sig", "ts", "datanoack")
PHASES2 = ("multisplit", "multidisorder", "fakedsplit", "fakeddisorder", "hostfakesplit")
VIEWS = st.builds(
    View, partial_checksums=st.booleans(), joined=st.booleans(), vlan=st.sampled_from([0, 5])
)


@st.composite
def nfqws(draw: st.DrawFn) -> str:
    """A command of nfqws whose fakes a server would not take."""
    first = draw(st.sampled_from(["", "fake", "rst", "rstack"]))
    second = draw(st.sampled_from(["", *PHASES2]) if first else st.sampled_from(PHASES2))
    words = ["nfqws", f"--dpi-desync={','.join(filter(None, (first, second)))}"]
    words.append(f"--dpi-desync-split-pos={draw(st.sampled_from(POSITIONS))}")
    # A reset without the ACK flag is a reset like others.
    choices = FOOLING[:-1] if first.startswith("rst") else FOOLING
    kinds = draw(st.sets(st.sampled_from(choices), max_size=3))
    ttl = draw(st.sampled_from([0, 2, 3, 5, 8])) or (0 if kinds else 3)
    words += [f"--dpi-desync-ttl={ttl}"] if ttl else []
    words += [f"--dpi-desync-fooling={','.join(sorted(kinds))}"] if kinds else []
    words.append(f"--dpi-desync-repeats={draw(st.integers(1, 5))}")
    if second.startswith("faked"):
        words.append(f"--dpi-desync-fakedsplit-mod=altorder={draw(st.integers(0, 3))}")
    if second == "hostfakesplit":
        words.append(f"--dpi-desync-hostfakesplit-mod=altorder={draw(st.integers(0, 1))}")
    return " ".join(words)


@st.composite
def byedpi(draw: st.DrawFn) -> str:
    """A command of byedpi with pieces in rising order."""
    places = draw(st.lists(st.integers(1, 400), min_size=1, max_size=4, unique=True))
    return "ciadpi " + " ".join(
        f"-{draw(st.sampled_from('sd'))}{place}" for place in sorted(places)
    )


@settings(max_examples=150, deadline=None)
@given(nfqws(), st.sampled_from([HELLO, LONG]), st.sampled_from([PATH, PATH6]), VIEWS)
def test_what_nfqws_sends(command: str, request: bytes, path: PathFacts, view: View) -> None:
    strategy = found(command, request, path=path, view=view)
    score = judge(parse_profiles(command), strategy, whole=True)
    assert score.verdict == "exact", (score.why, strategy.text)


@settings(max_examples=60, deadline=None)
@given(byedpi(), st.sampled_from([PATH, PATH6]))
def test_what_byedpi_writes(command: str, path: PathFacts) -> None:
    score = judge(parse_profiles(command), found(command, path=path), whole=True)
    assert score.verdict == "exact", score.why


@settings(max_examples=60, deadline=None)
@given(nfqws(), st.integers(1, 12), VIEWS)
def test_nothing_false_on_the_way(command: str, place: int, view: View) -> None:
    further = View(place, joined=view.joined, vlan=view.vlan)
    strategy = found(command, view=further)
    assert judge(parse_profiles(command), strategy, whole=False).verdict != "false", strategy.text
