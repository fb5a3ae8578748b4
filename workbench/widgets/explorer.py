"""The widget: carries questions of the page to the desk, and its answers back."""

from __future__ import annotations

import logging
from typing import Any

import anywidget
import traitlets

from workbench.units import printable
from workbench.widgets.assets import page_script, page_style
from workbench.widgets.closeup import Judge, Source
from workbench.widgets.desk import Desk

logger = logging.getLogger(__name__)


class Explorer(anywidget.AnyWidget):
    """Linked views of a capture.

    Parameters
    ----------
    capture : Source
        A capture, such as `workbench.read` returns.
    connection : int
        The connection that is chosen at first; -1 for none.
    judge : callable, optional
        Tells genuine segments from fakes; see `workbench.widgets.closeup.Closeup`.

    Attributes
    ----------
    connection, frame : int
        What is chosen now; -1 for nothing. Setting them moves the views.
    search : str
        What stands in the search field.
    opening : dict
        Answers to the first questions of every page.
    """

    _esm = page_script()
    _css = page_style()

    connection = traitlets.Int(-1).tag(sync=True)
    frame = traitlets.Int(-1).tag(sync=True)
    search = traitlets.Unicode("").tag(sync=True)
    opening = traitlets.Dict().tag(sync=True)

    def __init__(
        self, capture: Source, connection: int = -1, *, judge: Judge | None = None
    ) -> None:
        self.desk = Desk(capture, judge)
        # A kernel that is busy with other cells answers late: what is seen first needs no answer.
        opening = self.desk.opening(connection)
        super().__init__(connection=connection, opening=opening)
        self.on_msg(self._asked)

    def _asked(self, _: object, content: Any, __: object) -> None:
        """Answer a message of the page."""
        question = content if isinstance(content, dict) else {}
        self.send({"to": question.get("id"), "answer": self._answer(question)})

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the desk's answer, or a sentence about a failure nobody foresaw."""
        try:
            return self.desk.answer(question)
        except Exception as error:
            logger.warning("question %r failed", question.get("ask"), exc_info=True)
            return {"error": f"{type(error).__name__}: {printable(str(error), 300)}"}

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Return the widget, with words for where there is none."""
        bundle = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data:
            name = printable(self.desk.capture.name)
            data["text/plain"] = f"Linked views of {name}; run the cell again to see them."
        return bundle
