"""Verify signed PDFs, and the proofs of a Lettre Suivie Électronique, offline and without whoever issued them.

    >>> from datetime import UTC, datetime
    >>> from verifier import judge
    >>> report = judge(b"<html>", anchors=[], now=datetime(2026, 4, 14, tzinfo=UTC), name="preuve.pdf")
    >>> report.verdict.value, report.reason_en
    ('unreadable', 'this file is no PDF, whatever its name: it is a web page or an XML file')

`anchors` are the certificates that the caller trusts, in PEM or DER. A file is judged in a child process that has no network
and little memory and time, so it may be hostile. The answer is a `verifier.report.Report`: a verdict of three values or
``unreadable``, one named check a line, each signature with what came after it, and for a proof of a letter what it states.
``report.to_dict()`` keeps to the published schema (``report.schema.json``).

This package knows what a proof says, how it is drawn, sealed and judged, and nothing else: no web, no database, no
network. It stays light at import (``tests/house`` holds that): what judges is loaded with the first name that is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verifier.report import Report, Verdict
    from verifier.sandbox import judge

__all__ = ["Report", "Verdict", "__version__", "judge"]

__version__ = "0.1.0"
_HELD = {"judge": "verifier.sandbox", "Report": "verifier.report", "Verdict": "verifier.report"}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for (PEP 562)."""
    if name not in _HELD:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HELD[name]), name)
