"""A verification report that a visitor takes along: the visitor's own browser keeps it, under the instance's signature.

Nothing of what was judged stays here. The page holds the report as text that only this instance can have written, for two
hours; brought back, it becomes a sealed PDF, the report's JSON, or the XML of ETSI TS 119 102-2.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from enum import StrEnum

from itsdangerous import BadData, URLSafeSerializer

from portal.domain.errors import Busy, ReportForgotten
from portal.office import Office
from verifier import etsi_report, paper
from verifier.report import Report
from verifier.seal import SealRefused
from verifier.stamp import StampRefused, StampUnavailable

PURPOSE = b"lse verification report v1"
LIFE = timedelta(hours=2)
MOST = 700_000
"""Characters of a report that is brought back; a report is at most 256 KiB before it is packed."""


class Shape(StrEnum):
    """What a report can be taken along as; the value ends the file's name."""

    PDF = "pdf"
    JSON = "json"
    XML = "xml"

    @property
    def media_type(self) -> str:
        return {"pdf": "application/pdf", "json": "application/json", "xml": "application/xml"}[self.value]


def _signer(office: Office) -> URLSafeSerializer:
    return URLSafeSerializer(
        office.session_key,
        salt=PURPOSE,
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )


def hand_out(office: Office, report: Report) -> str:
    """Return a report as text that its page holds; two hours later it is worth nothing."""
    until = int((office.now() + LIFE).timestamp())
    return str(_signer(office).dumps({"until": until, "report": report.to_dict()}))


def brought_back(office: Office, text: str) -> Report:
    """Return a report that this instance made within the last two hours; raise `ReportForgotten` for any other text."""
    if len(text) > MOST:
        raise ReportForgotten("too long")
    try:
        held = _signer(office).loads(text)
        until, report = int(held["until"]), Report.from_dict(held["report"])
    except (BadData, ValueError, KeyError, TypeError) as fault:
        raise ReportForgotten("not ours") from fault
    if office.now().timestamp() > until:
        raise ReportForgotten("too old")
    return report


def shaped(office: Office, report: Report, shape: Shape, *, language: str) -> bytes:
    """Return a report as a file; raise `ReportForgotten` where it has no such shape, `Busy` where nothing can be sealed."""
    if shape is Shape.JSON:
        return json.dumps(report.to_dict(), ensure_ascii=False, indent=1).encode() + b"\n"
    if shape is Shape.XML:
        try:
            return etsi_report.write(report)
        except etsi_report.NotWritten as fault:
            raise ReportForgotten(str(fault)) from fault
    return _sealed(office, report, language)


def _sealed(office: Office, report: Report, language: str) -> bytes:
    settings = office.settings
    issued = paper.Issued(
        name=settings.operator,
        url=f"{settings.base_url}/verifier",
        zone=settings.legal_tz,
        place=settings.legal_place,
        test=settings.test,
    )
    drawn = paper.draw(report, language=language, issued=issued)
    try:
        return office.sealer.seal(drawn, now=office.now(), field=paper.FIELD, title=paper.TITLE)
    except (SealRefused, StampRefused, StampUnavailable) as fault:
        raise Busy("seal") from fault
