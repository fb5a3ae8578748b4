"""The process that holds a laboratory which stays: builds it, says that it is ready, takes it down.

Started by `workbench.lab.commands.up` in namespaces of its own. It ends when it is told to, when it
is killed, and after the time that it was given; the kernel removes what it held.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

from workbench.errors import WorkbenchError
from workbench.lab.ends import start_ends
from workbench.lab.layouts import parse
from workbench.lab.middleboxes.interface import Middlebox
from workbench.lab.middleboxes.settings import from_mapping
from workbench.lab.namespaces import Lab

ORDER, STATE = "order.json", "state.json"
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be built.

    Parameters
    ----------
    topology : str
        TOML.
    kinds : list of str
        What the server serves.
    middlebox : str
        Its name.
    setting : str
        JSON.
    life_s : float
        How long it stays at most.
    """

    topology: str
    kinds: list[str]
    middlebox: str
    setting: str
    life_s: float

    def write(self, folder: Path) -> None:
        """Write the order into the laboratory's folder.

        Parameters
        ----------
        folder : Path
            The folder.
        """
        (folder / ORDER).write_text(json.dumps(asdict(self)))


def keep(folder: Path) -> None:
    """Build what the order of a folder says, and hold it.

    Parameters
    ----------
    folder : Path
        The laboratory's folder.
    """
    order = Order(**json.loads((folder / ORDER).read_text()))
    topology = parse(order.topology)
    box = Middlebox(order.middlebox, from_mapping(json.loads(order.setting)))
    with ExitStack() as stack:
        lab = stack.enter_context(Lab(topology, folder))
        ends = start_ends(lab, order.kinds)
        stack.enter_context(box.attach(lab))
        told = {
            "hosts": topology.hosts, "kinds": order.kinds, "middlebox": order.middlebox,
            "authority": str(ends.identity.authority),
        }  # fmt: skip
        # Whoever reads the state sees all of it or none.
        partial = folder / f"{STATE}.part"
        partial.write_text(json.dumps(told))
        partial.rename(folder / STATE)
        time.sleep(order.life_s)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(words: Sequence[str]) -> int:
    """Hold a laboratory.

    Parameters
    ----------
    words : sequence of str
        The folder.

    Returns
    -------
    int
        The exit code.
    """
    for number in ENDING:
        signal.signal(number, _end)
    try:
        keep(Path(words[0]))
    except KeyboardInterrupt:
        return 0
    except WorkbenchError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
