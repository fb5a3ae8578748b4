"""How programs that own an ordinary socket write a request: tpws, byedpi, SpoofDPI.

As in `workbench.evasion.phases`, `plain` gives a part without what has no effect.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from workbench.evasion.checks import MAX_COUNT, check_choice, check_range
from workbench.evasion.phases import plain_payloads
from workbench.evasion.values import (
    NO_FOOLING,
    SAME_TTL,
    SCOPES,
    Fooling,
    Payload,
    Position,
    Ttl,
)

PieceKind = Literal["split", "disorder", "oob", "disoob", "fake"]

_TURNED: dict[PieceKind, PieceKind] = {"split": "disorder", "oob": "disoob"}
_URGENT: dict[PieceKind, PieceKind] = {"split": "oob", "disorder": "disoob"}


@dataclass(frozen=True, slots=True)
class Piece:
    """One cut of a program that owns the socket: what is done to the piece before it.

    Parameters
    ----------
    kind : {"split", "disorder", "oob", "disoob", "fake"}
        A plain write; one with TTL 1 that the kernel repeats later; one with an urgent byte; both;
        one whose bytes are swapped for the genuine ones before the kernel repeats it.
    position : Position
        End of the piece.
    """

    kind: PieceKind
    position: Position

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, get_args(PieceKind))


@dataclass(frozen=True, slots=True)
class Sockets:
    """How a program that owns an ordinary socket writes the request (tpws, byedpi, SpoofDPI).

    Parameters
    ----------
    pieces : tuple of Piece
        In the order of the command.
    alternate : bool
        Whether every other piece, the first included, is written with TTL 1 (tpws).
    chunk : int
        Bytes of equal pieces that fill the request after the last of `pieces`; 0 for none.
    oob_byte : int
        The urgent byte.
    ttl : Ttl
        Of the pieces of kind ``fake``.
    fooling : Fooling
        Of the pieces of kind ``fake``: ``md5sig`` only.
    payloads : tuple of Payload
        Of the pieces of kind ``fake``.
    drop_sack : bool
        Whether selective acknowledgements are ignored.
    first_oob : bool
        Whether the first piece carries an urgent byte, wherever it ends (tpws).
    alternate_scope, oob_scope : str
        Kind of request that `alternate` and `first_oob` hold for; empty for any.
    fake_offset : Position, optional
        Where in its payload a fake piece begins.
    name_bytes : bool
        Whether the server name is written byte by byte (SpoofDPI).
    """

    pieces: tuple[Piece, ...] = ()
    alternate: bool = False
    chunk: int = 0
    oob_byte: int = 0
    ttl: Ttl = SAME_TTL
    fooling: Fooling = NO_FOOLING
    payloads: tuple[Payload, ...] = ()
    drop_sack: bool = False
    first_oob: bool = False
    alternate_scope: str = ""
    oob_scope: str = ""
    fake_offset: Position | None = None
    name_bytes: bool = False

    def __post_init__(self) -> None:
        check_choice("alternate_scope", self.alternate_scope, SCOPES)
        check_choice("oob_scope", self.oob_scope, SCOPES)
        check_range("chunk", self.chunk, 0, MAX_COUNT)
        check_range("oob_byte", self.oob_byte, 0, 255)

    def kinds(self) -> tuple[str, ...]:
        """Return the names of its tricks, each once, in order."""
        names = [name if name in {"oob", "disoob"} else f"socket-{name}" for name in self._words()]
        return tuple(dict.fromkeys(names))

    def _words(self) -> list[str]:
        """Return what is done to each piece, the tail of equal ones counted as one more."""
        words = [piece.kind for piece in self.pieces]
        if self.chunk or self.name_bytes:
            words.append("split")
        if self.first_oob and words:
            words[0] = _URGENT.get(words[0], words[0])
        if self.alternate:
            words = [word if at % 2 else _TURNED.get(word, word) for at, word in enumerate(words)]
        return list[str](words)

    def plain(self) -> Sockets:
        """Return it with what is not used set back."""
        one = self._single()
        kinds = {piece.kind for piece in one.pieces}
        written = bool(one.pieces or one.chunk or one.name_bytes)
        alternate, first_oob = one.alternate and written, one.first_oob and written
        fakes = "fake" in kinds
        return Sockets(
            one.pieces,
            alternate,
            one.chunk,
            one.oob_byte if first_oob or kinds & {"oob", "disoob"} else 0,
            one.ttl.plain() if fakes else SAME_TTL,
            one.fooling.plain() if fakes else NO_FOOLING,
            plain_payloads(one.payloads) if fakes else (),
            one.drop_sack,
            first_oob,
            one.alternate_scope if alternate else "",
            one.oob_scope if first_oob else "",
            one.fake_offset if fakes else None,
            one.name_bytes,
        )

    def _single(self) -> Sockets:
        """Return it with rules about the first piece said by that piece, where it is the only one.

        Its cut must not be scoped, nor the rules.
        """
        scoped = (self.alternate and self.alternate_scope) or (self.first_oob and self.oob_scope)
        if len(self.pieces) != 1 or self.chunk or self.name_bytes or scoped:
            return self
        piece = self.pieces[0]
        kind = _URGENT.get(piece.kind, piece.kind) if self.first_oob else piece.kind
        kind = _TURNED.get(kind, kind) if self.alternate else kind
        only = (Piece(kind, piece.position),)
        return replace(self, pieces=only, alternate=False, first_oob=False)
