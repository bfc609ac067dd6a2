"""The shapes in which a report is laid out: parts of blocks, words and values in one language.

Who shows a report, on a terminal, on a page or in a PDF, decides how it looks and makes text that comes from the file safe.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from verifier.report import Report, SignatureReport, Verdict
from verifier.typeset import legal_time


@dataclass(frozen=True)
class Row:
    """One fact with its label."""

    label: str
    value: str
    form: Literal["text", "digest", "time"] = "text"
    at: datetime | None = None
    """The instant behind a time."""


@dataclass(frozen=True)
class Facts:
    rows: tuple[Row, ...]
    title: str = ""
    form: Literal["facts"] = "facts"


@dataclass(frozen=True)
class Words:
    text: str
    quiet: bool = False
    form: Literal["words"] = "words"


@dataclass(frozen=True)
class Line:
    """One rule with its answer in a word."""

    outcome: str
    word: str
    text: str
    code: str
    detail: str


@dataclass(frozen=True)
class Lines:
    lines: tuple[Line, ...]
    title: str = ""
    form: Literal["lines"] = "lines"


@dataclass(frozen=True)
class Deed:
    """One thing that was done after a signature."""

    weight: str
    """``content``, ``permitted`` (content that the signer allowed to change), ``unknown`` or ``benign``."""
    word: str
    """The weight in words."""
    permitted: str
    """Whether the signer allowed it, in words, or empty."""
    text: str
    where: str
    before: str
    after: str


@dataclass(frozen=True)
class Deeds:
    deeds: tuple[Deed, ...]
    title: str
    more: str = ""
    before: str = ""
    """The word for it."""
    after: str = ""
    form: Literal["deeds"] = "deeds"


@dataclass(frozen=True)
class File:
    name: str
    size: int
    sha256: str
    note: str = ""


@dataclass(frozen=True)
class Files:
    files: tuple[File, ...]
    title: str
    key: str
    """``letter``: the attachments that a proof names; ``embedded``: files inside the PDF; ``held``: files compared."""
    form: Literal["files"] = "files"


@dataclass(frozen=True)
class Commands:
    lines: tuple[str, ...]
    form: Literal["commands"] = "commands"


Block = Facts | Words | Lines | Deeds | Files | Commands


@dataclass(frozen=True)
class Part:
    number: int
    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Answer:
    """One of the questions that the verdict does not mix: intact, changed since, trusted."""

    key: str
    label: str
    words: str
    outcome: str
    """As `verifier.report.Outcome`."""


@dataclass(frozen=True)
class Layout:
    """A whole report in one language."""

    verdict: Verdict
    word: str
    sentence: str
    test: str
    """``SANS VALEUR — TEST``, or empty."""
    test_why: str
    answers: tuple[Answer, ...]
    parts: tuple[Part, ...]
    """Those that hold something, with their own numbers."""


@dataclass(frozen=True)
class Page:
    """What every part is laid out from."""

    report: Report
    words: dict[str, str]
    language: str
    zone: str
    place: str

    @property
    def seals(self) -> list[SignatureReport]:
        return [one for one in self.report.signatures if one.kind == "signature"]

    def time(self, label: str, moment: datetime) -> Row:
        return Row(self.words[label], self.clock(moment), "time", moment)

    def clock(self, moment: datetime) -> str:
        written = legal_time(moment, zone=self.zone, place=self.place)
        return written if self.zone != "UTC" else written.split(" · ")[0].replace(" (UTC)", " UTC")

    def title(self, one: SignatureReport) -> str:
        """Number the signatures where there are several."""
        if len(self.seals) < 2:
            return ""
        name = common_name(one.signer.subject) if one.signer else one.field
        return f"{self.words['signature'].format(number=self.seals.index(one) + 1)} — {name}"


def readable(subject: str) -> str:
    """Return a distinguished name (RFC 4514) with the name that people use first.

    >>> readable("O=Poste,CN=Sceau TEST,C=NC")
    'Sceau TEST (O=Poste, C=NC)'
    """
    parts = [part.strip().replace("\0", ",") for part in subject.replace("\\,", "\0").split(",")]
    rest = ", ".join(part for part in parts if not part.startswith("CN="))
    name = common_name(subject)
    return f"{name} ({rest})" if rest and name != subject else name


def common_name(subject: str) -> str:
    """Return the name by which people call a certificate's holder (RFC 4514): its CN, else the whole.

    >>> common_name("CN=Sceau TEST,O=Poste")
    'Sceau TEST'
    """
    parts = subject.replace("\\,", "\0").split(",")
    found = next((part.strip()[3:] for part in parts if part.strip().startswith("CN=")), subject)
    return found.replace("\0", ",").replace("\\", "")
