from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evasion import made
from workbench.errors import ParameterError
from workbench.evasion.parsing import parse
from workbench.evasion.rendering import WRITERS, render
from workbench.evasion.strategy import NONE, Payload, Scope, Split, Strategy

PROGRAMS = sorted(WRITERS)
WHOLE = {
    "nfqws": made.nfqws(), "tpws": made.tpws(), "byedpi": made.byedpi(),
    "goodbyedpi": made.goodbyedpi(), "geneva": made.geneva(), "spoofdpi": made.spoofdpi(),
    "youtubeunblock": made.youtubeunblock(),
}  # fmt: skip


@pytest.mark.parametrize("tool", WHOLE)
@given(data=st.data())
def test_what_a_tool_can_say_survives_the_way_there_and_back(tool, data):
    strategy = data.draw(WHOLE[tool])
    rendered = render(strategy, tool)
    assert rendered.lossy == ()
    assert parse(rendered.command) == strategy


@given(made.anything, st.sampled_from(PROGRAMS))
def test_any_strategy_becomes_a_command_that_says_what_it_leaves_out(strategy, tool):
    rendered = render(strategy, tool)
    assert parse(rendered.command) == rendered.expressed
    fields = [one for one in rendered.lossy if not one.startswith(("tool:", "scope:"))]
    same = strategy.with_tool(rendered.expressed.tool) == rendered.expressed
    assert bool(fields) != same


@given(made.anything, st.sampled_from(PROGRAMS))
def test_no_text_leaves_its_quotes(strategy, tool):
    command = render(strategy, tool).command
    assert command.isprintable()
    words = shlex.split(command)
    assert shlex.join(words) == command
    assert all(word.startswith("-") for word in words[1:2])


@pytest.mark.parametrize("tool", PROGRAMS)
@pytest.mark.parametrize("hostile", made.HOSTILE)
def test_hostile_names_are_quoted_or_left_out(tool, hostile):
    strategy = Strategy(
        phase2=Split("hostfakesplit", host_fake=hostile, pattern=Payload("file", name=hostile)),
        scope=Scope(hosts=(hostile,), lists=(f"hostlist={hostile}", f"hosts={hostile}")),
    )
    words = shlex.split(render(strategy, tool).command)
    assert "--new" not in words
    for word in words:
        option, _, value = word.partition("=")
        if hostile.strip() and hostile in value:
            assert option.startswith("--")
            assert value.isprintable()


def test_another_tool_s_way_of_sending_is_a_loss():
    cut = parse("nfqws --dpi-desync=multisplit --dpi-desync-split-pos=2")
    lossy = render(cut, "tpws").lossy
    assert lossy[0] == "tool: sent the way of tpws, not of nfqws"
    assert any(one.startswith("phase2: multisplit") for one in lossy)
    assert "--split-pos=2" in render(cut, "tpws").command


def test_records_are_for_other_tools():
    rendered = render(parse("tpws --tlsrec=sniext+1"), "nfqws")
    assert rendered.lossy[-1] == (
        "tls_records: sniext+1 is not representable in nfqws, which says nothing; "
        "tpws, byedpi can say tlsrec"
    )


def test_a_scope_that_is_lost_is_said():
    scoped = Strategy(scope=Scope(hosts=("$(id)",)))
    assert render(scoped, "nfqws").lossy == (
        "scope: the connections it is for are not all representable in nfqws",
    )


@pytest.mark.parametrize("tool", PROGRAMS)
def test_nothing_is_a_command_too(tool):
    rendered = render(NONE, tool)
    assert rendered.lossy == ()
    assert not rendered.expressed


def test_unknown_tools_list_the_known():
    with pytest.raises(ParameterError, match="winws"):
        render(NONE, "zapper")
