"""Measure the package against its budgets: sizes, documentation, types, comments, mirrored tests.

    python -m tools.style

prints the measures. The tests hold the package to them, through the same functions.
"""

from __future__ import annotations

import ast
import io
import statistics
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULE_LINES = 400
MODULE_LINES_MEDIAN = 150
FUNCTION_LINES = 50
FUNCTION_LINES_MEDIAN = 7
FUNCTION_LINES_90 = 25
COMMENTS_PER_100 = 8
TESTS_PER_SOURCE = 0.85

Function = ast.FunctionDef | ast.AsyncFunctionDef
_MARKS = ("# type:", "# noqa", "# fmt:", "# pragma:", "#!")


@dataclass(frozen=True)
class Measured:
    """One function of a module.

    Parameters
    ----------
    place : str
        File and line.
    name : str
        Name with the classes and functions around it.
    lines : int
        Length without its docstring and decorators.
    public : bool
        Whether the name and all names around it are free of a leading underscore, and it is not
        inside another function.
    problems : tuple of str
        What is missing: a docstring, types of arguments, a Raises section.
    """

    place: str
    name: str
    lines: int
    public: bool
    problems: tuple[str, ...]


def modules(root: Path = ROOT) -> list[Path]:
    """Return every module of the package under `root`, in order."""
    return sorted((root / "workbench").rglob("*.py"))


def functions(path: Path, root: Path = ROOT) -> list[Measured]:
    """Return every function and method of a module, nested ones too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    where = path.relative_to(root)
    hidden = any(_private(part) for part in where.with_suffix("").parts)
    return [
        _measured(function, f"{where}:{function.lineno}", owners, public and not hidden)
        for function, owners, public in _walk(tree, (), public=True)
    ]


def module_lines(path: Path) -> int:
    """Return how many lines a file has."""
    return len(path.read_text(encoding="utf-8").splitlines())


def code_and_comment_lines(path: Path) -> tuple[int, int]:
    """Return the number of lines with code, docstrings left out, and of lines that are comments."""
    text = path.read_text(encoding="utf-8")
    code: set[int] = set()
    comments = 0
    blank = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            comments += not token.string.startswith(_MARKS)
        elif token.type not in blank:
            code.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | Function) and ast.get_docstring(node):
            code.difference_update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return len(code), comments


def mirrored_test(path: Path, root: Path = ROOT) -> Path | None:
    """Return where a module's own tests belong, or nothing for one that defines nothing."""
    inside = path.relative_to(root / "workbench")
    if path.name != "__init__.py":
        return root / "tests" / inside.parent / f"test_{inside.name}"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    defined = [node.name for node in tree.body if isinstance(node, ast.ClassDef | Function)]
    # Loading names late is seen by whatever uses those names.
    if set(defined) - {"__getattr__", "__dir__"}:
        return root / "tests" / inside.parent / "test_import.py"
    return None


def lines_of_tests(root: Path = ROOT) -> int:
    """Return how many lines of code the tests have, benchmarks left out."""
    every = (root / "tests").rglob("*.py")
    kept = (path for path in every if "benchmarks" not in path.parts)
    return sum(code_and_comment_lines(path)[0] for path in kept)


def ninetieth(sizes: list[int]) -> int:
    """Return the size that nine in ten of the sorted sizes do not exceed."""
    return sizes[-(-9 * len(sizes) // 10) - 1]


def _private(name: str) -> bool:
    """Return whether a name is for inside use; special methods and packages count as that too."""
    return name.startswith("_") and name not in {"__init__", "__call__"}


def _walk(
    node: ast.AST, owners: tuple[str, ...], *, public: bool
) -> Iterator[tuple[Function, tuple[str, ...], bool]]:
    """Yield each function below a node with the names around it and whether it is public."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            open_to_all = public and not _private(child.name) and child.name != "__init__"
            yield child, (*owners, child.name), open_to_all
            yield from _walk(child, (*owners, child.name), public=False)
        elif isinstance(child, ast.ClassDef):
            inside = (*owners, child.name)
            yield from _walk(child, inside, public=public and not _private(child.name))
        else:
            yield from _walk(child, owners, public=public)


def _measured(function: Function, place: str, owners: tuple[str, ...], public: bool) -> Measured:
    """Return what is known of one function."""
    first, last = function.lineno, function.end_lineno or function.lineno
    docstring = ast.get_docstring(function)
    body = function.body[0]
    length = last - first + 1
    if docstring is not None:
        length -= (body.end_lineno or body.lineno) - body.lineno + 1
    problems = [f"no type for {name}" for name in _untyped(function)]
    overload = any("overload" in ast.unparse(mark) for mark in function.decorator_list)
    if public and not overload:
        if docstring is None:
            problems.append("no docstring")
        elif _raises(function) and "Raises\n" not in docstring:
            problems.append("raises, and has no Raises section")
    return Measured(place, ".".join(owners), length, public, tuple(problems))


def _untyped(function: Function) -> list[str]:
    """Return the arguments without a type, and `return` where that has none."""
    given = function.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    every += [argument for argument in (given.vararg, given.kwarg) if argument is not None]
    missing = [argument.arg for argument in every if argument.annotation is None]
    missing = [name for name in missing if name not in {"self", "cls"}]
    return missing + (["return"] if function.returns is None else [])


def _raises(node: ast.AST) -> bool:
    """Return whether a node raises something itself; passing on what was caught does not count."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Raise) and child.exc is not None:
            return True
        if not isinstance(child, Function | ast.Lambda | ast.ClassDef) and _raises(child):
            return True
    return False


def _share(count: float, total: int) -> str:
    """Return a count out of a total as a percentage."""
    return f"{100 * count / total:.0f} %" if total else "none there"


def report(root: Path = ROOT) -> str:
    """Return the measures as lines of text, each with its budget."""
    files = modules(root)
    lengths = [module_lines(path) for path in files]
    every = [found for path in files for found in functions(path, root)]
    sizes = sorted(found.lines for found in every) or [0]
    public = [found for found in every if found.public]
    undocumented = sum("no docstring" in found.problems for found in public)
    untyped = sum(any("no type" in line for line in found.problems) for found in every)
    counts = [code_and_comment_lines(path) for path in files]
    code, comments = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0)
    wanted = [test for path in files if (test := mirrored_test(path, root))]
    mirrored = sum(path.is_file() for path in wanted)
    middle, tests = statistics.median, lines_of_tests(root) / max(code, 1)
    rows: list[tuple[str, object, object]] = [
        ("modules", len(files), ""),
        ("module lines, median", f"{middle(lengths or [0]):.0f}", MODULE_LINES_MEDIAN),
        ("module lines, largest", max(lengths, default=0), MODULE_LINES),
        ("functions", len(every), ""),
        ("function lines, median", f"{middle(sizes):.0f}", FUNCTION_LINES_MEDIAN),
        ("function lines, 90 %", ninetieth(sizes), FUNCTION_LINES_90),
        ("function lines, longest", sizes[-1], FUNCTION_LINES),
        ("public functions documented", _share(len(public) - undocumented, len(public)), "100 %"),
        ("functions fully typed", _share(len(every) - untyped, len(every)), "100 %"),
        ("comments per 100 code lines", f"{100 * comments / max(code, 1):.1f}", COMMENTS_PER_100),
        ("modules with a mirrored test file", _share(mirrored, len(wanted)), "100 %"),
        ("test lines per source line", f"{tests:.2f}", TESTS_PER_SOURCE),
    ]
    return "\n".join(f"{name:<36}{value:>10}{budget:>10}" for name, value, budget in rows)


if __name__ == "__main__":
    sys.stdout.write(f"{'':<36}{'measured':>10}{'budget':>10}\n{report()}\n")
