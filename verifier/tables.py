"""A guard against cross-reference streams that claim more objects than any file holds.

PyHanko 0.38 makes an entry for each number that /Size or /Index names, whether the stream has a row for it or not (/W may
even give rows no width, ISO 32000-1, 7.5.8.2): a hundred bytes then cost minutes and gigabytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from pyhanko.pdf_utils import xref
from pyhanko.pdf_utils.misc import PdfReadError

MAX_ROWS = 500_000
_MARK = "_rows_guard"


def install() -> None:
    """Guard the parser of cross-reference streams; done before, it does nothing."""
    if not hasattr(xref.parse_xref_stream, _MARK):
        xref.parse_xref_stream = _guarded(xref.parse_xref_stream)


def _guarded(parse: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    @wraps(parse)
    def guarded(stream: Any, *rest: Any, **named: Any) -> Iterator[Any]:
        pairs = stream.get("/Index", [0, stream.get("/Size")])
        claimed = sum(int(pairs[at]) for at in range(1, len(pairs), 2))
        # counted before and not on the way: rows of an unknown kind make no entry, and take their time all the same
        if claimed > MAX_ROWS:
            raise PdfReadError(f"cross-reference stream: got {claimed} rows, expected at most {MAX_ROWS}")
        return parse(stream, *rest, **named)

    setattr(guarded, _MARK, True)
    return guarded
