"""The error tree: built-ins, exit codes, messages that help, nothing raw from hostile names."""

from __future__ import annotations

import inspect
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import errors

BUILT_INS = {
    errors.InputError: ValueError,
    errors.CaptureError: ValueError,
    errors.LimitError: ValueError,
    errors.FilterError: ValueError,
    errors.ColumnError: KeyError,
    errors.ParameterError: ValueError,
    errors.MissingExtraError: ImportError,
    errors.ReportError: RuntimeError,
    errors.OutputError: OSError,
}


def all_classes() -> list[type[errors.WorkbenchError]]:
    return [
        value
        for value in vars(errors).values()
        if inspect.isclass(value) and issubclass(value, errors.WorkbenchError)
    ]


@pytest.mark.parametrize(("kind", "built_in"), BUILT_INS.items())
def test_each_error_is_also_the_built_in_it_resembles(
    kind: type[errors.WorkbenchError], built_in: type[Exception]
) -> None:
    with pytest.raises(built_in) as caught:
        raise kind("what is wrong")
    assert isinstance(caught.value, errors.WorkbenchError)


def test_no_class_is_missing_from_the_table_or_from_the_tree_drawn_at_the_top() -> None:
    assert set(all_classes()) - {errors.WorkbenchError} == set(BUILT_INS)
    for kind in all_classes():
        assert f" {kind.__name__} " in (errors.__doc__ or "")


@pytest.mark.parametrize("kind", all_classes())
def test_the_message_stands_as_it_is_and_survives_a_process_boundary(
    kind: type[errors.WorkbenchError],
) -> None:
    error = kind("file 'a' is wrong")
    copy = pickle.loads(pickle.dumps(error))
    assert str(error) == str(copy) == copy.message == "file 'a' is wrong"
    assert error.exit_code == 2
    assert error._render_traceback_() == [f"{kind.__name__}: file 'a' is wrong"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errors.CaptureError.missing("a.pcap"), "'a.pcap' does not exist"),
        (errors.CaptureError.directory("d"), "'d' is a folder"),
        (
            errors.CaptureError.unreadable("a", PermissionError(13, "Permission denied", "a")),
            "'a' cannot be read (Permission denied).",
        ),
        (errors.CaptureError.not_a_capture("a", b"GIF89a\x00\x01more"), r"b'GIF89a\x00\x01'"),
        (errors.CaptureError.damaged("a", 24, "header cut short"), "at byte 24: header cut"),
        (errors.CaptureError.changed("a"), "read it again"),
        (errors.CaptureError.no_frame(9, 4), "frames 1 to 4"),
        (errors.CaptureError.no_connection(9, 4), "numbers 0 to 3"),
        (errors.CaptureError.no_connection(0, 0), "no connections"),
        (errors.LimitError.exceeded("a", "16.0 GiB", "WORKBENCH_X"), "set WORKBENCH_X"),
        (errors.FilterError.at("port ==", 7, "a number"), "character 8, its end: expected a num"),
        (errors.FilterError.at("a ! b", 2, "=="), "character 3, '! b'"),
        (errors.FilterError.unknown_name("prot", ["port", "time"]), "Did you mean port?"),
        (errors.ColumnError.unknown("sorce", ["source", "time"]), "Did you mean source? Columns"),
        (errors.ColumnError.unknown("x", []), "Columns: none."),
        (errors.ParameterError.unknown("focs", ["focus"], "report explore"), "report explore has"),
        (errors.ParameterError.missing("capture"), "needs the parameter 'capture'"),
        (errors.ParameterError.wrong_type("focus", "one", "a whole number"), "not 'one' (str)"),
        (errors.ParameterError.not_understood("time", "noon", "a time"), "Give a time."),
        (errors.ParameterError.not_among("format", "pcp", ["pcap"]), "Did you mean pcap?"),
        (errors.ParameterError.out_of_range("limit", 0, 1, 9), "from 1 to 9, not 0"),
        (errors.MissingExtraError.of("duckdb", "sql", "SQL"), "pip install 'workbench[sql]'"),
        (errors.ReportError.unknown("explre", ["explore"]), "Did you mean explore?"),
        (errors.ReportError.cell_failed("explore", 3, ValueError("no")), "in cell 3: no"),
        (errors.ReportError.too_slow("explore", 600.0), "within 600 s"),
        (errors.OutputError.cannot_write("/x", "disk full"), "'/x' cannot be written (disk full)"),
        (errors.OutputError.unknown_suffix("a.doc", ["pcap", "pcapng"]), "pcap, pcapng."),
        (errors.OutputError.not_private("/c", 0o40755), "(mode 755)"),
    ],
)
def test_messages_say_what_and_what_would_work(error: errors.WorkbenchError, expected: str) -> None:
    assert expected in str(error)


def test_a_long_list_of_choices_is_cut_with_a_count() -> None:
    message = str(errors.ColumnError.unknown("x", [f"c{n}" for n in range(100)]))
    assert "c39 and 60 more" in message


@given(st.text(max_size=400))
def test_hostile_names_arrive_as_one_line_of_printable_characters(name: str) -> None:
    for error in (
        errors.CaptureError.missing(name),
        errors.CaptureError.unreadable(name, name),
        errors.ColumnError.unknown(name, ["time"]),
        errors.FilterError.at(name, 0, "a field"),
    ):
        assert str(error).isprintable()
        assert len(str(error)) < 700
