"""Strings as an attacker would choose them, and values drawn at random."""

from __future__ import annotations

from hypothesis import strategies as st

MARK = "owned"
ATTACKS = (
    f"<script>window.{MARK}=1</script>",
    f'<img src=x onerror="window.{MARK}=1">',
    f'"><svg onload=window.{MARK}=1>',
    f"' onmouseover='window.{MARK}=1' x='",
    f"</script><script>window.{MARK}=1</script>",
    f"</title></style><script>window.{MARK}=1</script>",
    f"javascript:window.{MARK}=1",
    f'<a href="javascript:window.{MARK}=1">x</a>',
    f"{{{{ {MARK} }}}}{{% raw %}}",
    "%{customdata[0]}<extra>x</extra>",
    "$\\frac{1}{0}$ \\(x\\)",
    "<b>bold</b><br>&lt;i&gt;&amp;#60;",
    "a\x1b[2J\x07\x00\x7f\x9b",
    "user\u202egpj.exe\u2066x\u2069\u200b\ufeff",
    "\ud800 lone \udfff",
    "line\nfeed\r\ttab",
    "\N{PILE OF POO}\u4e2d\u6587 \u0627\u0644",
    "@@plotly@@",
    "A" * 5_000,
)

hostile_text = st.one_of(st.sampled_from(ATTACKS), st.text(max_size=60))
hostile_bytes = st.one_of(
    st.sampled_from([text.encode("utf-8", "surrogatepass") for text in ATTACKS]),
    st.binary(max_size=60),
)


def is_inert(html: str) -> bool:
    """Return whether escaped text holds nothing that a browser would take for markup."""
    return not any(sign in html for sign in "<>\"'$\x00\x1b\u202e\u2066\n\r")
