"""Pairing: which connections correspond."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.comparison.made import attempt
from workbench.comparison.pairing import pair_up
from workbench.comparison.values import Attempt

attempts = st.lists(
    st.builds(
        Attempt, st.just(0), st.integers(0, 9), st.sampled_from(["tcp", "udp"]),
        st.sampled_from(["tls", "http", ""]), st.sampled_from(["", "a.test", "B.test", "b.test"]),
        st.sampled_from(["10.0.0.1", "10.0.0.2"]), st.sampled_from([80, 443]), st.integers(0, 5),
    ),
    max_size=8,
)  # fmt: skip


@given(attempts, attempts)
def test_every_attempt_comes_once(left, right):
    found = pair_up(left, right)
    mine = [id(pair.reference) for pair in found.pairs] + [id(one) for one in found.reference]
    theirs = [id(pair.candidate) for pair in found.pairs] + [id(one) for one in found.candidate]
    assert sorted(mine) == sorted(map(id, left))
    assert sorted(theirs) == sorted(map(id, right))


@given(attempts)
def test_a_side_is_its_own_partner(left):
    found = pair_up(left, left)
    assert all(pair.reference is pair.candidate for pair in found.pairs)
    assert not found.reference


def test_names_come_before_servers_and_order_decides_within_a_name():
    left = [attempt(connection=at, begun_ns=at) for at in (0, 1)]
    right = [attempt(connection=at, begun_ns=10 - at, server="10.9.9.9") for at in (5, 6)]
    found = pair_up(left, [attempt(name="y.com", connection=9), *right])
    assert [pair.candidate.connection for pair in found.pairs] == [6, 5]
    assert [one.connection for one in found.candidate] == [9]


def test_queries_for_other_names_do_not_correspond():
    one, other = (attempt(kind="dns", protocol="udp", name=name) for name in ("a.test", "b.test"))
    assert pair_up([one], [other]).pairs == ()


def test_a_role_pairs_only_what_is_alone():
    one = attempt(name="a.test", server="10.0.0.1")
    others = [attempt(name=name, server=f"10.1.0.{at}") for at, name in enumerate(("b", "c"))]
    assert pair_up([one], others).pairs == ()
    assert [pair.rule for pair in pair_up([one], others[:1]).pairs] == ["role"]
