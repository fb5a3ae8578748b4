"""What the client does: a method for each program, with the options that a closed network needs."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

from making.certificates import Authority
from making.network import Network
from making.places import CLIENT

CURL_FAILED_TO_CONNECT, CURL_TIMED_OUT, CURL_UNKNOWN_AUTHORITY = 7, 28, 60
CHROMIUM_OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
    "--disable-extensions", "--disable-sync", "--disable-field-trial-config",
    "--no-default-browser-check", "--metrics-recording-only", "--no-pings",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lab:
    """What a sample is made with."""

    network: Network
    authority: Authority

    def curl(self, *words: str, expect: int = 0) -> None:
        """Fetch with curl.

        Parameters
        ----------
        *words : str
            Options and addresses.
        expect : int
            The exit code that is right.
        """
        common = ("curl", "--silent", "--show-error", "--no-progress-meter", "--max-time", "15")
        trust = ("--cacert", str(self.authority.certificate))
        self.network.run(CLIENT, *common, *trust, *words, expect=(expect,))

    def curl_without_trust(self, *words: str) -> None:
        """Fetch with a curl that does not know the authority and says so to the server.

        Parameters
        ----------
        *words : str
            Options and addresses.
        """
        self.network.run(CLIENT, "curl", "--silent", *words, expect=(CURL_UNKNOWN_AUTHORITY,))

    def openssl(self, host: str, *words: str) -> None:
        """Shake hands with ``openssl s_client`` and leave.

        Parameters
        ----------
        host : str
            Name and port.
        *words : str
            Further options.
        """
        trust = ("-CAfile", str(self.authority.certificate), "-verify_return_error")
        name = ("-servername", host.partition(":")[0])
        self.network.run(CLIENT, "openssl", "s_client", "-connect", host, *name, *trust, *words)

    def python(self, program: str, *words: str) -> None:
        """Run one of the programs beside this module.

        Parameters
        ----------
        program : str
            Its module in `making.programs`.
        *words : str
            Its arguments.
        """
        self.network.run(CLIENT, sys.executable, "-m", f"making.programs.{program}", *words)

    def python_https(self, version: str, host: str, *paths: str) -> None:
        """Fetch with Python's ssl module.

        Parameters
        ----------
        version : {"1.2", "1.3"}
            The version of TLS.
        host : str
            The server's name.
        *paths : str
            What to fetch.
        """
        trust = ("--authority", str(self.authority.certificate), "--version", version)
        self.python("tls_client", *trust, host, *paths)

    def quic(self, version: str, host: str, address: str, *paths: str) -> None:
        """Fetch over HTTP/3 with aioquic.

        Parameters
        ----------
        version : {"1", "2"}
            The version of QUIC.
        host, address : str
            The name in the request, and where it is sent.
        *paths : str
            What to fetch.
        """
        trust = ("--authority", str(self.authority.certificate), "--version", version)
        self.python("quic_client", *trust, "--address", address, host, *paths)

    def chromium(self, url: str, *, quic: bool = False) -> None:
        """Open a page in headless Chromium.

        Parameters
        ----------
        url : str
            The page.
        quic : bool
            Whether it goes over HTTP/3 at once.
        """
        host = url.split("/")[2]
        # Rules keep the browser's own look-ups off the wire; the pin replaces a trusted authority.
        self.network.run(
            CLIENT, "chromium", *CHROMIUM_OPTIONS,
            f"--user-data-dir={self.network.folder}/browser",
            f"--ignore-certificate-errors-spki-list={self.authority.modern.public_key_hash}",
            f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {host}",
            f"--origin-to-force-quic-on={host}:443" if quic else "--disable-quic",
            "--dump-dom", url, timeout_s=40,
        )  # fmt: skip

    def ping(self, address: str, count: int = 3) -> None:
        """Send echo requests.

        Parameters
        ----------
        address : str
            Where to.
        count : int
            How many.
        """
        words = ("-c", str(count), "-i", "0.25", "-W", "2")
        self.network.run(CLIENT, "ping", "-n", *words, address)

    def pause(self, seconds: float = 0.4) -> None:
        """Do nothing for a moment, as people do: it keeps the acts apart on a timeline.

        Parameters
        ----------
        seconds : float
            How long.
        """
        time.sleep(seconds)
