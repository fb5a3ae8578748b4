from __future__ import annotations

import ast
import subprocess
import sys

import pytest
from hypothesis import given, settings

import workbench as wb
from tests.evasion import made
from workbench.errors import ParameterError, WorkbenchError
from workbench.evasion.compose.composing import compose
from workbench.evasion.parsing import parse
from workbench.evasion.rendering.scapy_script import scapy_script, strategy_in_script
from workbench.evasion.strategy import Split, Strategy

REQUEST = b"GET / HTTP/1.1\r\nHost: www.example.test\r\n\r\n"
COMMANDS = [
    "nfqws --dpi-desync=fake,fakeddisorder --dpi-desync-ttl=3 --dpi-desync-fooling=badsum,badseq",
    "nfqws --dpi-desync=multisplit --dpi-desync-split-pos=10 --dpi-desync-split-seqovl=1",
    "nfqws --dpi-desync=fake,ipfrag2 --dpi-desync-fooling=md5sig",
    "ciadpi --disorder 1",
]


def run(script, folder, *words):
    path = folder / "script.py"
    path.write_text(script, encoding="ascii")
    return subprocess.run(
        [sys.executable, str(path), *words], capture_output=True, text=True, cwd=folder, check=False
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_the_script_writes_the_packets_that_were_composed(command, tmp_path):
    strategy = parse(command)
    script = scapy_script(strategy, REQUEST)
    done = run(script, tmp_path)
    assert done.returncode == 0, done.stderr
    packets = wb.read(tmp_path / "strategy.pcap", cache=False)
    composed = compose(strategy, REQUEST)
    written = [bytes(packets.data(frame)) for frame in range(1, len(composed) + 1)]
    assert [len(one) for one in written] == [len(one.datagram()) for one in composed]
    assert written == [one.datagram() for one in composed]


def test_nothing_is_sent_without_an_interface_and_a_target(tmp_path):
    done = run(scapy_script(Strategy(), REQUEST), tmp_path, "--send")
    assert done.returncode == 2
    assert "--interface and --target" in done.stderr
    assert not (tmp_path / "strategy.pcap").exists()


@given(made.anything)
@settings(max_examples=40)
def test_the_strategy_in_the_script_is_the_one_it_was_made_from(strategy):
    try:
        script = scapy_script(strategy, REQUEST)
    except WorkbenchError:
        return
    assert strategy_in_script(script) == strategy
    assert script.isascii()


@pytest.mark.parametrize("hostile", made.HOSTILE)
def test_hostile_names_are_data(hostile):
    script = scapy_script(Strategy(phase2=Split("hostfakesplit", host_fake=hostile)), REQUEST)
    plain = scapy_script(Strategy(phase2=Split("hostfakesplit", host_fake="a.test")), REQUEST)
    ours, theirs = (
        [type(node).__name__ for node in ast.walk(ast.parse(text))][:40] for text in (script, plain)
    )
    assert ours == theirs
    held = strategy_in_script(script).phase2
    assert held is not None
    assert held.host_fake == hostile


@pytest.mark.parametrize("text", ["", "STRATEGY = json.loads(", "STRATEGY = json.loads(open('x'))"])
def test_other_scripts_hold_no_strategy(text):
    with pytest.raises(ParameterError, match="script"):
        strategy_in_script(text)
