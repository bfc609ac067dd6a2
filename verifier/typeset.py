"""How a document is typeset: data into a template, PDF/A-3b and PDF/UA-1 out, and how times, sizes and digests are written.

Data enters a template through one JSON input and never as markup, so that a name in a letter cannot become code. The clock
is not read: a document carries the time it is given, and the same input gives the same bytes.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from verifier.glyphs import FONTS, breakable, safe

if TYPE_CHECKING:
    import typst

STANDARDS = ["a-3b", "ua-1"]
_UNITS = {"fr": ("octet", "octets", "ko", "Mo", "Go"), "en": ("byte", "bytes", "kB", "MB", "GB")}
_compilers = threading.local()


class NotDrawn(ValueError):
    """The template could not be typeset with these data."""


@dataclass(frozen=True)
class Attached:
    """A file embedded in a PDF/A-3 document."""

    name: str
    media_type: str
    relationship: str
    """AFRelationship (ISO 19005-3 clause 6.8): ``data``, ``source`` or ``supplement``."""
    description: str
    content: bytes

    def as_data(self) -> dict[str, Any]:
        """Return the file as the template reads it: text where the bytes are UTF-8, else a list of numbers."""
        content: str | list[int]
        try:
            content = self.content.decode()
        except UnicodeDecodeError:
            content = list(self.content)
        return {
            "name": self.name,
            "type": self.media_type,
            "relationship": self.relationship,
            "description": self.description,
            "content": content,
        }


def typeset(template: Path, data: dict[str, Any], *, moment: datetime) -> bytes:
    """Return the PDF of `template` filled with `data`, dated `moment` (aware); raise `NotDrawn` where it cannot be made."""
    import typst

    try:
        pdf = _compiler(template).compile(
            format="pdf",
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards=STANDARDS,  # type: ignore[arg-type]
            timestamp=moment.astimezone(UTC),
        )
    except typst.TypstError as fault:
        raise NotDrawn(f"{template.name}: {fault.message}") from fault
    if not isinstance(pdf, bytes):
        raise NotDrawn(f"{template.name}: got {type(pdf).__name__}, expected the bytes of one PDF")
    return pdf


def _compiler(template: Path) -> typst.Compiler:
    """Return this thread's compiler of `template`; it keeps the fonts and the parsed template between documents."""
    import typst

    kept: dict[Path, typst.Compiler] = _compilers.__dict__.setdefault("kept", {})
    if template not in kept:
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
        kept[template] = typst.Compiler(str(template), font_paths=fonts, ignore_system_fonts=True)
    return kept[template]


def clip(text: str, limit: int) -> str:
    """Return `text` in its printed form; past `limit` characters, its start and its whole length."""
    printed = safe(text[: 4 * limit])
    if len(printed) <= limit and len(text) <= 4 * limit:
        return printed
    whole = re.sub(r"\[(U(\+[0-9A-F]*)?)?$", "", printed[:limit])
    return f"{whole.rstrip()}… [{len(text)}]"


def line(text: str, *, limit: int) -> list[str]:
    """Return `clip` of a text in pieces between which a line may end."""
    return breakable(clip(text, limit))


def digest(hexadecimal: str) -> list[str]:
    """Cut a digest in groups of eight digits."""
    return [hexadecimal[start : start + 8] for start in range(0, len(hexadecimal), 8)]


def number(value: int, language: str) -> str:
    """Write an integer in groups of three.

    >>> number(1234567, "en")
    '1,234,567'
    """
    return f"{value:,}".replace(",", "\u202f" if language == "fr" else ",")


def size(value: int, language: str) -> str:
    """Write a number of bytes in decimal units, rounded to a tenth, halves up.

    >>> size(1_449_999, "fr").replace("\u202f", " ")
    '1,4 Mo'
    """
    if value < 1000:
        return exact_size(value, language)
    *_, kilo, mega, giga = _UNITS[language]
    units = (kilo, mega, giga)
    scale = 1
    while scale < len(units) and (value * 20 + 1000**scale) // (2 * 1000**scale) >= 10_000:
        scale += 1
    tenths = (value * 20 + 1000**scale) // (2 * 1000**scale)
    text = number(tenths // 10, language) + (f".{tenths % 10}" if tenths % 10 else "")
    return f"{text.replace('.', ',') if language == 'fr' else text}\u202f{units[scale - 1]}"


def exact_size(value: int, language: str) -> str:
    """Write a number of bytes exactly.

    >>> exact_size(1, "fr").replace("\u202f", " ")
    '1 octet'
    """
    one, many, *_ = _UNITS[language]
    single = value < 2 if language == "fr" else value == 1
    return f"{number(value, language)}\u202f{one if single else many}"


def legal_time(moment: datetime, *, zone: str, place: str, closing: bool = False) -> str:
    """Write an instant as legal time, then as UTC; the UTC date is repeated where it is another day.

    `closing` writes a midnight as 24:00:00 of the day that ends, as a deadline is spoken of.

    >>> legal_time(datetime(2026, 4, 14, 4, 39, 5, tzinfo=UTC), zone="Pacific/Noumea", place="Nouméa")
    '14/04/2026 15:39:05 (UTC+11, Nouméa) · 04:39:05 UTC'
    """
    universal = moment.astimezone(UTC)
    local = moment.astimezone(ZoneInfo(zone))
    day, clock = local.date(), local.strftime("%H:%M:%S")
    if closing and clock == "00:00:00":
        day, clock = day - timedelta(days=1), "24:00:00"
    where = f"{offset(local)}, {safe(place)}" if place else offset(local)
    beside = universal.strftime("%H:%M:%S") if universal.date() == day else f"{universal:%d/%m/%Y %H:%M:%S}"
    return f"{day:%d/%m/%Y} {clock} ({where}) · {beside} UTC"


def offset(local: datetime) -> str:
    """Write the difference of an aware time from UTC: ``UTC+11``, ``UTC-9:30``, ``UTC``."""
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02}" if rest else "")
