"""Trials inside a laboratory: what was asked for is on the wire, and middleboxes answer."""

from __future__ import annotations

import json

import pytest

import workbench as wb
from tests.evasion.compose import observed
from tests.evasion.truth import judge
from tests.lab.recorded import compare
from workbench.errors import WorkbenchError
from workbench.evasion.parsing import parse
from workbench.lab.bench import serve, values_of
from workbench.lab.clients import Fetched
from workbench.lab.crew import laboratories
from workbench.lab.fixtures import CANONICAL
from workbench.lab.middleboxes.interface import Middlebox
from workbench.lab.topology import Topology
from workbench.lab.trials import Job

SEED = 7
COMMANDS = (
    CANONICAL,
    "nfqws --dpi-desync=multisplit --dpi-desync-split-pos=2 --dpi-desync-split-seqovl=1",
    "nfqws --dpi-desync=fake --dpi-desync-fooling=md5sig,ts --dpi-desync-repeats=2",
    "nfqws --dpi-desync=syndata,multidisorder --dpi-desync-split-pos=1,midsld",
    "nfqws --dpi-desync=fake,ipfrag2 --dpi-desync-ttl=3 --dpi-desync-ipfrag-pos-tcp=40",
    "nfqws --dpi-desync=hostfakesplit --dpi-desync-fooling=badsum --ip-id=zero",
    "nfqws --dup=2 --dup-ttl=3 --dup-start=n3 --dup-cutoff=n4",
    "youtubeUnblock --queue-num=537 --sni-domains=all --faking-strategy=ttl --faking-ttl=3",
    "tpws --split-pos=1,midsld --disorder",
    "tpws --tlsrec=sniext+1 --split-pos=1",
    "ciadpi -f1+s -t3",
    "ciadpi -o1",
)
OUTCOMES = (
    ("xt-drop", "nfqws --dpi-desync=multisplit --dpi-desync-split-pos=midsld", "success"),
    ("xt-drop", "nfqws --dpi-desync=multisplit --dpi-desync-split-pos=1", "timeout"),
    ("ndpi-drop", CANONICAL, "success"),
    ("ndpi-drop", CANONICAL.replace("disorder", "split"), "timeout"),
    ("suri-reject", "nfqws --dpi-desync=rst --dpi-desync-ttl=3", "success"),
    ("suri-reject", CANONICAL, "reset"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("captures")
    place.chmod(0o777)
    return place


@pytest.fixture(scope="module")
def lab(able, folder):
    with laboratories(Topology(), 1, folder) as (one,):
        yield one


ASKED = [(command, version) for command in COMMANDS for version in (4, 6)]
ASKED.append(("nfqws --dpi-desync=hopbyhop", 6))


@pytest.mark.parametrize(("command", "version"), ASKED)
def test_what_is_on_the_wire_is_what_is_composed(command, version, lab, folder) -> None:
    name = f"{ASKED.index((command, version))}"
    trial = lab(Job(command=command, domain="x.com", ip_version=version, seed=SEED, captures=name))
    row = {"ip_version": str(version), "proto": "tls", "client": "curl", "domain": "x.com",
           "command": command}  # fmt: skip
    file = folder / f"{name}-client.pcap"
    compared = compare(file, parse(command), row, SEED)
    assert compared.recorded[: len(compared.composed)] == compared.composed
    assert trial.outcome == "success"
    found = wb.read(file, cache=False).strategies()["descriptor"][0]
    assert judge((parse(command),), found, whole=True).verdict == "exact"


def test_nothing_is_on_the_wire_without_a_strategy(lab, folder) -> None:
    lab(Job(domain="x.com", captures="plain"))
    flow = observed.first_flow(observed.packets(folder / "plain-client.pcap"))
    assert {one.ttl for one in flow} == {64}
    assert next(len(one.tcp.data) for one in flow if one.tcp.data) == 517


@pytest.mark.parametrize(("middlebox", "command", "outcome"), OUTCOMES)
def test_middleboxes_answer_as_they_did_elsewhere(middlebox, command, outcome, lab) -> None:
    if reason := Middlebox.named(middlebox).missing():
        pytest.skip(reason)
    job = Job(command=command, domain="x.com", middlebox=middlebox, seed=SEED)
    assert lab(job).outcome == outcome


def test_a_bad_command_is_told_and_the_next_one_done(lab) -> None:
    with pytest.raises(WorkbenchError, match="--no-such"):
        lab(Job(command="nfqws --no-such", domain="x.com"))
    with pytest.raises(WorkbenchError, match="middlebox"):
        lab(Job(domain="x.com", middlebox="no-such"))
    with pytest.raises(WorkbenchError, match="payload"):
        lab(Job(command="nfqws --dpi-desync=fake --dpi-desync-fake-tls=a.bin", domain="x.com"))
    assert lab(Job(domain="example.org")).outcome == "success"


def test_a_row_says_what_the_client_told() -> None:
    told = Fetched("success", 200, 540, 0.0625, 0.065)
    values = values_of(told)
    assert (values["first_byte_ns"], values["total_ns"]) == (62_500_000, 65_000_000)
    assert values_of(Fetched("curl-5", message="a\nb"))["outcome"] == "failed"


class Told:
    """A bench that answers without a laboratory."""

    def attempt(self, job: Job):
        if job.domain == "bad":
            raise WorkbenchError("it failed.")
        return job.done("success")


class Lines:
    """Both ends of a stream of lines."""

    def __init__(self, *given: str) -> None:
        self.given, self.written = list(given), ""

    def readline(self, _limit: int) -> str:
        return self.given.pop(0) if self.given else ""

    def write(self, text: str) -> None:
        self.written += text

    def flush(self) -> None:
        pass


def test_each_line_is_answered_by_one() -> None:
    lines = Lines('{"domain": "x.com"}\n', '{"domain": "bad"}\n', '{"domain": "x.com"}\n')
    serve(Told(), lines)  # type: ignore[arg-type]
    answers = [json.loads(line) for line in lines.written.splitlines()]
    assert [one.get("outcome", one.get("error")) for one in answers] == [
        "success", "it failed.", "success"
    ]  # fmt: skip
