"""Names of numbers, against lists that other people keep."""

from __future__ import annotations

import ssl

from scapy.layers.tls.crypto.groups import _tls_named_groups
from scapy.layers.tls.record import _tls_alert_description

from workbench.traffic.messages import tls_names


def test_alerts_are_called_as_scapy_calls_them() -> None:
    theirs = {
        number: name.removesuffix("_RESERVED") for number, name in _tls_alert_description.items()
    }
    shared = theirs.keys() & tls_names.ALERTS.keys()
    assert len(shared) > 25
    assert {number: tls_names.ALERTS[number] for number in shared} == {
        number: theirs[number] for number in shared
    }


def test_alerts_are_called_as_python_calls_them() -> None:
    for member in ssl.AlertDescription:
        name = member.name.removeprefix("ALERT_DESCRIPTION_").lower()
        # RFC 8446, 6, writes it with one l.
        assert tls_names.ALERTS[member] == name.replace("cancelled", "canceled")


def test_groups_are_called_as_scapy_calls_them() -> None:
    shared = _tls_named_groups.keys() & tls_names.GROUP_NAMES.keys()
    assert {0x17, 0x1D, 0x100} <= shared
    for number in shared:
        assert tls_names.group_name(number) == _tls_named_groups[number]


def test_post_quantum_groups_have_names_that_say_so() -> None:
    for group in tls_names.POST_QUANTUM:
        name = tls_names.group_name(group)
        assert any(part in name for part in ("MLKEM", "Kyber", "CECPQ2"))
    classic = tls_names.GROUP_NAMES.keys() - tls_names.POST_QUANTUM
    assert not any("ML" in tls_names.group_name(group) for group in classic)


def test_what_has_no_name_is_shown_as_a_number() -> None:
    assert tls_names.version_name(0x0999) == "0x0999"
    assert tls_names.version_name(0x7F12) == "TLS 1.3 draft 18"
    assert tls_names.group_name(0xFAFA) == "GREASE"
    assert tls_names.group_name(0xFAFB) == "0xfafb"
