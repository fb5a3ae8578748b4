"""The package keeps within its budgets of size, documentation, types, comments and tests."""

from __future__ import annotations

import ast

import pytest

from tools import style

MODULES = style.modules()
FUNCTIONS = [found for path in MODULES for found in style.functions(path)]
NAMES = [str(path.relative_to(style.ROOT)) for path in MODULES]


def test_there_is_something_to_measure() -> None:
    assert len(MODULES) >= 4
    assert len(FUNCTIONS) >= 20


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_a_module_is_short(path) -> None:
    assert style.module_lines(path) <= style.MODULE_LINES


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_a_module_says_what_it_is_for(path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_a_module_has_a_test_file_of_its_own(path) -> None:
    wanted = style.mirrored_test(path)
    assert wanted is None or wanted.is_file(), f"{wanted} is missing"


def test_no_function_is_long() -> None:
    long = [f"{f.place} {f.name}: {f.lines}" for f in FUNCTIONS if f.lines > style.FUNCTION_LINES]
    assert long == []


def test_functions_are_documented_and_typed() -> None:
    assert [f"{f.place} {f.name}: {', '.join(f.problems)}" for f in FUNCTIONS if f.problems] == []


def test_most_functions_are_much_shorter_than_their_limit() -> None:
    lengths = sorted(found.lines for found in FUNCTIONS)
    assert style.ninetieth(lengths) <= style.FUNCTION_LINES_90


def test_comments_are_rare() -> None:
    counts = [style.code_and_comment_lines(path) for path in MODULES]
    code, comments = (sum(column) for column in zip(*counts, strict=True))
    assert 100 * comments / code <= style.COMMENTS_PER_100


def test_there_is_nearly_as_much_test_as_source() -> None:
    # Lines of code on both sides: half of the source is documentation, which needs no test.
    lines = sum(style.code_and_comment_lines(path)[0] for path in MODULES)
    assert style.lines_of_tests() >= style.TESTS_PER_SOURCE * lines


def test_every_package_folder_is_a_package() -> None:
    folders = {path.parent for path in MODULES}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []
