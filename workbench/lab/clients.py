"""Real clients: how each is called, and what came of it in the words that outcomes have here."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace

from workbench.errors import ParameterError, WorkbenchError
from workbench.lab.ends import Ends
from workbench.lab.isolation import find_program
from workbench.lab.namespaces import Done, Lab
from workbench.lab.topology import CLIENT

LIMIT_S, GRACE_S, BROWSER_LIMIT_S = 2.5, 5.0, 15.0
CURL_FORMAT = "%{http_code} %{size_download} %{time_starttransfer} %{time_total}"
CURL_REFUSED, CURL_TIMED_OUT, CURL_PARTIAL = {5, 6, 7}, 28, 18
CURL_TLS, CURL_EMPTY, CURL_BROKEN, CURL_CERTIFICATE = 35, 52, {55, 56}, {51, 60}
CHROMIUM = (
    "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-default-apps", "--disable-extensions", "--disable-sync", "--no-pings",
    "--disable-field-trial-config", "--no-default-browser-check", "--metrics-recording-only",
)  # fmt: skip
CLIENTS = ("curl", "openssl", "python", "quic", "chromium")


@dataclass(frozen=True, slots=True)
class Fetched:
    """How an attempt ended.

    Parameters
    ----------
    outcome : str
        success, timeout, reset, tls-error, cert-error, partial, connect-fail or http-NNN.
    status : int
        HTTP status, 0 where there was none.
    size_bytes : int
        Bytes of the body.
    first_byte_s : float
        When the first byte of the answer came; 0 where none did.
    total_s : float
        How long it took.
    message : str
        What the client said.
    """

    outcome: str
    status: int = 0
    size_bytes: int = 0
    first_byte_s: float = 0.0
    total_s: float = 0.0
    message: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What is fetched, and how.

    Parameters
    ----------
    domain : str
        The name.
    client : {"curl", "openssl", "python", "quic", "chromium"}
        With what; openssl only shakes hands.
    scheme : {"https", "http"}
        Over TLS or not.
    path : str
        ``/``, ``/4k``, ``/64k``, ``/1m``.
    version : {4, 6}
        The IP version.
    tls : {"", "1.2", "1.3"}
        The version of TLS, where it matters.
    limit_s : float
        When the client gives up.
    more : tuple of str
        Further options of curl.
    """

    domain: str
    client: str = "curl"
    scheme: str = "https"
    path: str = "/"
    version: int = 4
    tls: str = ""
    limit_s: float = LIMIT_S
    more: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, choices in (
            ("client", CLIENTS), ("scheme", ("https", "http")), ("version", (4, 6)),
            ("tls", ("", "1.2", "1.3")),
        ):  # fmt: skip
            if getattr(self, name) not in choices:
                raise ParameterError.not_among(name, getattr(self, name), choices)


def fetch(lab: Lab, ends: Ends, request: Request) -> Fetched:
    """Fetch a page as a client of the laboratory.

    Parameters
    ----------
    lab : Lab
        The laboratory.
    ends : Ends
        Its servers.
    request : Request
        What is fetched, and how.

    Returns
    -------
    Fetched
        How it ended.

    Raises
    ------
    WorkbenchError
        Where the client is not installed.
    """
    words, judge = command(lab, ends, request), JUDGES[request.client]
    if find_program(words[0]) is None:
        raise WorkbenchError(f"{words[0]} is not installed.")
    # The address must be one of the laboratory's own; this refuses any other name.
    lab.topology.address(request.domain, version=request.version)
    try:
        done = lab.run(CLIENT, *words, timeout_s=_limit(request) + GRACE_S)
    except WorkbenchError as late:
        return Fetched("timeout", message=str(late))
    return judge(done)


def command(lab: Lab, ends: Ends, request: Request) -> tuple[str, ...]:
    """Return the command line of a request.

    Parameters
    ----------
    lab : Lab
        The laboratory.
    ends : Ends
        Its servers.
    request : Request
        What is fetched.

    Returns
    -------
    tuple of str
        Program and arguments.
    """
    authority, name = str(ends.identity.authority), request.domain
    address = lab.topology.address(name, version=request.version)
    if request.client == "curl":
        return _curl(authority, request)
    if request.client == "openssl":
        where = f"[{address}]:443" if request.version == 6 else f"{address}:443"
        chosen = (f"-tls{request.tls.replace('.', '_')}",) if request.tls else ()
        return (
            "timeout", f"{request.limit_s}", "openssl", "s_client", "-brief", "-connect", where,
            "-servername", name, "-CAfile", authority, "-verify_return_error", *chosen,
        )  # fmt: skip
    if request.client == "chromium":
        return (
            *CHROMIUM, f"--user-data-dir={lab.folder}/browser",
            f"--ignore-certificate-errors-spki-list={ends.identity.public_key_hash}",
            f"--host-resolver-rules=MAP {name} {address}, MAP * ~NOTFOUND, EXCLUDE {address}",
            "--disable-quic", f"--timeout={round(request.limit_s * 1000)}", "--dump-dom",
            f"{request.scheme}://{name}{request.path}",
        )  # fmt: skip
    module = f"workbench.lab.programs.{'tls' if request.client == 'python' else 'quic'}_client"
    facts = (address, name, request.path, f"{request.limit_s}", request.tls or "-")
    return (sys.executable, "-m", module, authority, *facts)


def _curl(authority: str, request: Request) -> tuple[str, ...]:
    tls = {"": (), "1.2": ("--tlsv1.2", "--tls-max", "1.2"), "1.3": ("--tlsv1.3",)}[request.tls]
    return (
        "curl", "--silent", "--show-error", "--cacert", authority, f"-{request.version}",
        "--max-time", f"{request.limit_s}", "--output", "/dev/null", "--write-out", CURL_FORMAT,
        *tls, *request.more, f"{request.scheme}://{request.domain}{request.path}",
    )  # fmt: skip


def _limit(request: Request) -> float:
    return BROWSER_LIMIT_S if request.client == "chromium" else request.limit_s


def judge_curl(done: Done) -> Fetched:
    """Say how curl ended.

    Parameters
    ----------
    done : Done
        Its exit code and what it printed.

    Returns
    -------
    Fetched
        The outcome.

    Examples
    --------
    >>> judge_curl(Done(0, "200 530 0.06 0.07", "", 0.1)).outcome
    'success'
    >>> judge_curl(Done(35, "000 0 0 0.02", "curl: (35) Connection reset by peer", 0)).outcome
    'reset'
    """
    fields = done.output.split()
    status, size, first, total = (float(field) for field in fields[:4]) if fields[3:] else (0,) * 4
    outcome = _curl_outcome(done.code, int(status), int(size), done.errors.lower())
    return Fetched(
        outcome, int(status), int(size), first, total or done.time_s, done.errors.strip()
    )


def _curl_outcome(code: int, status: int, size: int, said: str) -> str:
    if code == 0:
        return "success" if status == 200 else f"http-{status}"
    if code == CURL_PARTIAL or (status == 200 and size):
        return "partial"
    if code in CURL_REFUSED or (code == CURL_TIMED_OUT and "connection timed out" in said):
        return "connect-fail" if code in CURL_REFUSED else "timeout"
    if code in CURL_CERTIFICATE or (code == CURL_TLS and "certificate" in said):
        return "cert-error"
    if "reset" in said or code == CURL_EMPTY:
        return "reset"
    if code == CURL_TLS or code in CURL_BROKEN:
        return "tls-error"
    return "timeout" if code == CURL_TIMED_OUT else f"curl-{code}"


def judge_openssl(done: Done) -> Fetched:
    """Say how a handshake of openssl ended.

    Parameters
    ----------
    done : Done
        Its exit code and what it printed.

    Returns
    -------
    Fetched
        The outcome; success is a complete handshake.

    Examples
    --------
    >>> judge_openssl(Done(124, "", "", 2.5)).outcome
    'timeout'
    """
    said = (done.output + done.errors).lower()
    if "verify error" in said:
        outcome = "cert-error"
    elif "connection established" in said:
        outcome = "success"
    elif done.code == 124:
        outcome = "timeout"
    elif "reset" in said or "errno=104" in said:
        outcome = "reset"
    else:
        outcome = "connect-fail" if "connect:" in said else "tls-error"
    return Fetched(outcome, total_s=done.time_s, message=said.strip()[-300:])


def judge_program(done: Done) -> Fetched:
    """Say how one of the laboratory's own programs ended.

    Parameters
    ----------
    done : Done
        Its exit code and what it printed: one line of JSON.

    Returns
    -------
    Fetched
        The outcome.

    Raises
    ------
    WorkbenchError
        When it printed something else.

    Examples
    --------
    >>> judge_program(Done(0, '{"outcome": "reset"}', "", 0.5)).outcome
    'reset'
    """
    try:
        told = Fetched(**json.loads(done.output))
    except (ValueError, TypeError) as error:
        raise WorkbenchError(f"a client ended early: {done.errors.strip()[-600:]}") from error
    return told if told.total_s else replace(told, total_s=done.time_s)


def judge_chromium(done: Done) -> Fetched:
    """Say how a page looked to Chromium.

    Parameters
    ----------
    done : Done
        The page it printed.

    Returns
    -------
    Fetched
        The outcome, as far as a browser tells.

    Examples
    --------
    >>> judge_chromium(Done(0, "<h1>A page of the laboratory</h1>", "", 1.0)).outcome
    'success'
    """
    words = {
        "A page of the laboratory": "success", "ERR_CONNECTION_RESET": "reset",
        "ERR_CONNECTION_REFUSED": "connect-fail", "ERR_CERT": "cert-error", "ERR_SSL": "tls-error",
    }  # fmt: skip
    found = (outcome for word, outcome in words.items() if word in done.output)
    return Fetched(next(found, "timeout"), total_s=done.time_s)


JUDGES = {
    "curl": judge_curl, "openssl": judge_openssl, "python": judge_program,
    "quic": judge_program, "chromium": judge_chromium,
}  # fmt: skip
