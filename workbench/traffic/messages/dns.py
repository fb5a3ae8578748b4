"""DNS messages over UDP and TCP (RFC 1035), as far as connections are explained by them.

Compression pointers must lead back, and a name has at most 255 bytes, so that no message makes more
work than its length allows. What cannot be read is kept as a reason beside what could.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.traffic.messages.dns_names import read_name, type_name
from workbench.traffic.messages.dns_values import render
from workbench.traffic.messages.fields import kept

HEADER = 12
OPT = 41
NETBIOS = 32
"""Type of NetBIOS name queries, which have the form of DNS and other names (RFC 1002, 4.2)."""
CLASSES = {1: "IN", 3: "CH", 4: "HS", 254: "NONE", 255: "ANY"}
RCODES = (
    "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET",
    "NXRRSET", "NOTAUTH", "NOTZONE",
)  # fmt: skip
OPCODES = {0: "query", 1: "iquery", 2: "status", 4: "notify", 5: "update", 6: "stateful"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for.

    Parameters
    ----------
    name : str
        Without the final dot; "." for the root.
    type : int
        Record type.
    class_ : int
        Record class; multicast DNS uses its highest bit for a wish (RFC 6762, 5.4).
    offset : int
        First byte of the name in the message.
    """

    name: str
    type: int
    class_: int
    offset: int

    @property
    def type_name(self) -> str:
        """Record type as people write it."""
        return type_name(self.type)


@dataclass(frozen=True, slots=True)
class Answer:
    """One record of a response.

    Parameters
    ----------
    section : str
        "answer", "authority" or "additional".
    name : str
        Owner, without the final dot.
    type, class_ : int
        Record type and class.
    ttl_s : int
        Seconds that it may be kept.
    value : str
        Content as zone files write it (RFC 1035, 5; RFC 3597 for types not known here).
    offset : int
        First byte of the record in the message.
    """

    section: str
    name: str
    type: int
    class_: int
    ttl_s: int
    value: str
    offset: int

    @property
    def type_name(self) -> str:
        """Record type as people write it."""
        return type_name(self.type)


@dataclass(frozen=True, slots=True)
class DnsMessage:
    """A query or a response.

    Parameters
    ----------
    id : int
        By which a response is matched with its query.
    response : bool
        Whether it is a response.
    opcode, rcode : int
        Kind of query; result, with the upper bits of an OPT record.
    authoritative, truncated, recursion_desired, recursion_available : bool
        Flags AA, TC, RD, RA.
    authentic, checking_disabled : bool
        Flags AD, CD.
    questions : tuple of Question
        In order.
    answers : tuple of Answer
        Records of all sections, in order; the OPT record is not among them.
    udp_size : int
        Bytes that the sender takes over UDP (RFC 6891, 6.1.2); -1 without an OPT record.
    complete : bool
        Whether all that the counts announce is there.
    length : int
        Bytes read.
    offset : int
        Of the first byte of the message in what was given.
    problems : tuple of str
        What is cut or contradicts itself.
    """

    id: int
    response: bool
    opcode: int
    rcode: int
    authoritative: bool
    truncated: bool
    recursion_desired: bool
    recursion_available: bool
    authentic: bool
    checking_disabled: bool
    questions: tuple[Question, ...]
    answers: tuple[Answer, ...]
    udp_size: int
    complete: bool
    length: int
    offset: int
    problems: tuple[str, ...]

    @property
    def server_name(self) -> str:
        """Name asked for first; empty without a question."""
        return self.questions[0].name if self.questions else ""

    @property
    def rcode_name(self) -> str:
        """Result as people write it."""
        return RCODES[self.rcode] if self.rcode < len(RCODES) else f"RCODE{self.rcode}"

    @property
    def addresses(self) -> tuple[str, ...]:
        """Addresses in the answer section."""
        return tuple(
            answer.value
            for answer in self.answers
            if answer.type in {1, 28} and answer.section == "answer"
        )


def dns_message(data: bytes, offset: int = 0) -> DnsMessage | None:
    """Read one DNS message as it is in a datagram.

    Parameters
    ----------
    data : bytes
        The message; it may end anywhere.
    offset : int
        Where in a stream it was, for `DnsMessage.offset`.

    Returns
    -------
    DnsMessage or None
        None for less than a header.

    Examples
    --------
    >>> query = bytes.fromhex("1234 0100 0001 0000 0000 0000 01 61 03 6f7267 00 0001 0001")
    >>> message = dns_message(query)
    >>> message.server_name, message.questions[0].type_name, message.response
    ('a.org', 'A', False)
    """
    if len(data) < HEADER:
        return None
    problems: list[str] = []
    flags = data[2] << 8 | data[3]
    counts = [data[at] << 8 | data[at + 1] for at in range(4, HEADER, 2)]
    questions, at = _questions(data, counts[0], problems)
    answers, at, options = _answers(data, at, counts[1:], problems)
    size, upper = options or (-1, 0)
    if at < len(data) and not problems:
        problems.append(f"{len(data) - at} bytes behind the last record")
    announced = sum(counts) - (options is not None)
    return DnsMessage(
        id=data[0] << 8 | data[1],
        response=bool(flags & 0x8000),
        opcode=flags >> 11 & 15,
        rcode=upper << 4 | flags & 15,
        authoritative=bool(flags & 0x0400),
        truncated=bool(flags & 0x0200),
        recursion_desired=bool(flags & 0x0100),
        recursion_available=bool(flags & 0x0080),
        authentic=bool(flags & 0x0020),
        checking_disabled=bool(flags & 0x0010),
        questions=questions,
        answers=answers,
        udp_size=size,
        complete=len(questions) + len(answers) >= announced,
        length=at,
        offset=offset,
        problems=kept(problems),
    )


def dns_stream(data: bytes) -> tuple[DnsMessage, ...]:
    r"""Read the DNS messages of a TCP stream, each behind its length (RFC 7766, 8).

    Parameters
    ----------
    data : bytes
        A stream from its beginning.

    Returns
    -------
    tuple of DnsMessage
        The last with a problem where it is cut; offsets within messages count from their own first
        byte, which is at `DnsMessage.offset`.

    Examples
    --------
    >>> query = bytes.fromhex("1234 0100 0001 0000 0000 0000 01 61 03 6f7267 00 0001 0001")
    >>> [message.offset for message in dns_stream(2 * (b"\0" + bytes([len(query)]) + query))]
    [2, 27]
    """
    found = []
    at = 0
    while at + 2 <= len(data):
        end = at + 2 + (data[at] << 8 | data[at + 1])
        message = dns_message(data[at + 2 : end], at + 2)
        if message is None:
            break
        found.append(message)
        at = end
    return tuple(found)


def is_dns(data: bytes) -> bool:
    """Return whether a datagram is a plausible DNS message with one whole question, or an answer.

    Examples
    --------
    >>> is_dns(bytes.fromhex("1234 0100 0001 0000 0000 0000 01 61 00 0001 0001"))
    True
    >>> is_dns(bytes(64))
    False
    """
    if len(data) < HEADER + 5:
        return False
    flags = data[2] << 8 | data[3]
    questions, answers = data[4] << 8 | data[5], data[6] << 8 | data[7]
    if flags >> 11 & 15 not in OPCODES or flags & 0x0040 or not (questions or answers):
        return False
    if questions > 32 or (not flags & 0x8000 and not questions):
        return False
    name, at, _ = read_name(data, HEADER)
    if name is None or at + 4 > len(data):
        return False
    class_ = (data[at + 2] << 8 | data[at + 3]) & 0x7FFF
    return class_ in CLASSES and (data[at] << 8 | data[at + 1]) not in {0, NETBIOS}


def _questions(data: bytes, count: int, problems: list[str]) -> tuple[tuple[Question, ...], int]:
    """Return the questions and where they end."""
    found: list[Question] = []
    at = HEADER
    for _ in range(count):
        name, end, reason = read_name(data, at)
        if name is None or end + 4 > len(data):
            problems.append(f"question {len(found) + 1} of {count}: {reason or 'cut'}")
            break
        kind, class_ = data[end] << 8 | data[end + 1], data[end + 2] << 8 | data[end + 3]
        found.append(Question(name, kind, class_, at))
        at = end + 4
    return tuple(found), at


def _answers(
    data: bytes, at: int, counts: list[int], problems: list[str]
) -> tuple[tuple[Answer, ...], int, tuple[int, int] | None]:
    """Return the records of three sections, where they end, and what an OPT record says."""
    found: list[Answer] = []
    options = None
    for section, count in zip(("answer", "authority", "additional"), counts, strict=True):
        for number in range(count if not problems else 0):
            name, end, reason = read_name(data, at)
            body = end + 10
            stop = body + int.from_bytes(data[end + 8 : body], "big")
            if name is None or body > len(data) or stop > len(data):
                problems.append(f"{section} {number + 1} of {count}: {reason or 'cut'}")
                return tuple(found), at, options
            kind, class_ = data[end] << 8 | data[end + 1], data[end + 2] << 8 | data[end + 3]
            if kind == OPT and section == "additional" and options is None:
                options = (class_, data[end + 4])
            else:
                ttl = int.from_bytes(data[end + 4 : end + 8], "big")
                value = render(data, body, stop, kind, class_)
                found.append(Answer(section, name, kind, class_, ttl, value, at))
            at = stop
    return tuple(found), at, options
