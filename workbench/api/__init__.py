"""What a person holds: captures that load as they are asked.

In: paths, files, a pipe. Out: objects with tables on them. Never: an analysis of its own; every
method calls the package whose business it is.
"""

from __future__ import annotations

from workbench.api.captures import Capture
from workbench.api.comparisons import Comparison, compare
from workbench.api.reading import merge, read

__all__ = ["Capture", "Comparison", "compare", "merge", "read"]
