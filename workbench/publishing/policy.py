"""The content security policy of a page: nothing runs and nothing loads but what has our hash.

plotly.js is stored compressed, so its hash is that of the text it unpacks to: the page's own script
unpacks it and puts it into a script element, which the browser runs because that hash is listed. No
``unsafe-eval`` is needed. Style elements are listed by hash as well; style *attributes* are
allowed, since plotly writes them on the shapes it draws, and they can neither run nor load anything
here.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from workbench.errors import MissingExtraError


def source_hash(text: str) -> str:
    """Return a hash as a policy lists it.

    Parameters
    ----------
    text : str
        All that stands between the tags of a script or style element.

    Returns
    -------
    str
        In quotes.

    Examples
    --------
    >>> source_hash("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def policy(scripts: Iterable[str], styles: Iterable[str]) -> str:
    """Return the policy for a page with these scripts and styles.

    Parameters
    ----------
    scripts, styles : iterable of str
        Text of each script and style element, exactly as the browser will see it.

    Returns
    -------
    str
        Value of a ``Content-Security-Policy`` meta element.
    """
    script_hashes = " ".join(map(source_hash, scripts)) or "'none'"
    # plotly also makes an empty style element, which it fills rule by rule.
    style_hashes = " ".join([*map(source_hash, styles), source_hash("")])
    return (
        f"default-src 'none'; script-src {script_hashes}; style-src {style_hashes}; "
        f"style-src-elem {style_hashes}; style-src-attr 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def plotly_source() -> str:
    """Return plotly.js as the installed plotly package holds it.

    Returns
    -------
    str
        The whole library, one release with the package that makes the figures.

    Raises
    ------
    MissingExtraError
        If the package came without it.
    """
    try:
        return files("plotly").joinpath("package_data/plotly.min.js").read_text("utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        raise MissingExtraError(
            "plotly.js is missing: pip install --force-reinstall plotly."
        ) from None


@cache
def plotly_packed() -> str:
    """Return plotly.js as a page stores it.

    Returns
    -------
    str
        gzip in base64, the same for the same release.
    """
    return base64.b64encode(gzip.compress(plotly_source().encode(), 9, mtime=0)).decode()
