"""Descriptors into command lines of other tools, and into a script.

In: a strategy. Out: a command and a list of what it does not say. Never: a name that escapes its
quotes, or anything run.
"""

from workbench.evasion.rendering.commands import WRITERS, Rendered, render

__all__ = ["WRITERS", "Rendered", "render"]
