"""Command lines of circumvention tools into descriptors.

In: text that a person or a file holds. Out: strategies. Never: a file that a command names opened,
or anything of it run.
"""

from workbench.evasion.parsing.commands import PARSERS, parse, parse_profiles, tool_of

__all__ = ["PARSERS", "parse", "parse_profiles", "tool_of"]
