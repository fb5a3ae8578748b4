"""Problems: listed up to a bound, counted beyond it, shown as a table."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.capture.problems import Problem, ProblemList

KINDS = st.sampled_from(["cut-short", "damaged", "truncated"])


@given(kinds=st.lists(KINDS, max_size=30), limit=st.integers(0, 20))
def test_every_problem_is_counted_and_only_some_are_listed(kinds, limit) -> None:
    found = ProblemList(limit)
    for number, kind in enumerate(kinds):
        found.add(number, 10 * number, kind, "why")
    assert [problem.kind for problem in found.listed] == kinds[:limit]
    assert found.counts == {kind: kinds.count(kind) for kind in set(kinds)}
    table = found.table()
    assert table.attrs["counts"] == dict(found.counts)
    assert table["kind"].tolist()[: len(kinds[:limit])] == kinds[:limit]
    left = {kind for kind in kinds if kinds.count(kind) > kinds[:limit].count(kind)}
    assert table["kind"].tolist()[limit:] == sorted(left)


def test_a_last_row_says_how_many_more_there_were() -> None:
    found = ProblemList(limit=1)
    for number in range(1_235):
        found.add(number + 1, 24, "damaged", "a record header cannot be true")
    table = found.table()
    assert table["reason"].tolist() == ["a record header cannot be true", "1,234 more of this kind"]
    assert table["frame"].tolist() == [1, 0]
    assert table["offset"].tolist() == [24, -1]


def test_the_table_has_its_dtypes_when_it_is_empty_too() -> None:
    full = ProblemList()
    full.add(1, 2, "damaged", "why")
    expected = {"frame": "uint32", "offset": "int64", "kind": "str", "reason": "str"}
    for found in (ProblemList(), full):
        assert found.table().dtypes.astype(str).to_dict() == expected
    assert ProblemList().table().attrs["counts"] == {}


def test_counting_alone_lists_nothing() -> None:
    found = ProblemList()
    found.count("truncated", 5)
    found.count("damaged", 0)
    found.count("damaged", -3)
    assert dict(found.counts) == {"truncated": 5}
    assert found.listed == []
    assert found.table()["reason"].tolist() == ["5 more of this kind"]


def test_a_copy_goes_its_own_way() -> None:
    found = ProblemList(limit=7)
    found.add(1, 24, "damaged", "why")
    copy = found.copy()
    copy.add(2, 48, "cut-short", "why")
    assert found.listed == [Problem(1, 24, "damaged", "why")]
    assert dict(found.counts) == {"damaged": 1}
    assert (copy.limit, len(copy.listed)) == (7, 2)
