"""The verifier's counter: drop a signed PDF, read the verdict, take the report along. Nothing that is dropped is kept."""

from __future__ import annotations

import base64
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from portal.routes.doors import audience, office
from portal.routes.words import language
from portal.security.downloads import as_download
from portal.services import reports
from portal.services.reports import Shape
from verifier.layout import Layout
from verifier.parts import laid_out
from verifier.report import Report, Verdict

counter = Blueprint("verify", __name__)

_NAME = 150
"""Characters of a file's name."""


class Shown(NamedTuple):
    """A page that differs, as two addresses of pictures; None where a state does not have it."""

    page: int
    before: str | None
    after: str | None


@counter.get("/verifier")
@audience("everyone")
def drop() -> ResponseReturnValue:
    return render_template("verify/drop.html", error=None)


@counter.post("/verifier", endpoint="judge")
@audience("everyone")
def report() -> ResponseReturnValue:
    file = request.files.get("proof")
    if not file or not file.filename:
        return render_template("verify/drop.html", error="empty"), 422
    raw = file.stream.read()
    found = office().sandbox.judge(
        raw, anchors=[office().root_pem], now=office().now(), name=_named(file), identify=True
    )
    shown, more = _pictures(raw, found)
    page = render_template(
        "verify/report.html",
        report=found,
        layout=_laid_out(found),
        shown=shown,
        more=more,
        taken=reports.hand_out(office(), found),
    )
    return page, 413 if len(raw) > office().sandbox.limits.file else 200


@counter.post("/verifier/rapport", endpoint="keep")
@audience("everyone")
def keep() -> ResponseReturnValue:
    found = reports.brought_back(office(), request.form.get("report", ""))
    asked = request.form.get("shape", "")
    shape = Shape(asked) if asked in list(Shape) else Shape.PDF
    made = reports.shaped(office(), found, shape, language=language())
    response = Response(made, mimetype=shape.media_type)
    name = f"rapport-{(found.file_sha256 or 'verification')[:8]}.{shape.value}"
    return as_download(response, name)


@counter.get("/verifier/schema.json")
@audience("everyone")
def schema() -> ResponseReturnValue:
    return Response(_schema(), mimetype="application/schema+json")


@cache
def _schema() -> bytes:
    return files("verifier").joinpath("report.schema.json").read_bytes()


def _named(file: FileStorage) -> str:
    return (file.filename or "")[:_NAME]


def _laid_out(found: Report) -> Layout:
    settings = office().settings
    return laid_out(found, language(), zone=settings.legal_tz, place=settings.legal_place)


def _pictures(raw: bytes, found: Report) -> tuple[list[Shown], int]:
    """Draw the pages that differ since the first signature after which the content was changed."""
    if found.verdict is Verdict.UNREADABLE:
        return [], 0
    changed = [one for one in found.signatures if one.kind == "signature" and one.changes in ("content", "unknown")]
    if not changed:
        return [], 0
    named = [one.page for one in changed[0].found if one.page is not None]
    drawn = office().sandbox.pictures_of(raw, field=changed[0].field, pages=named)
    return [Shown(one.page, _address(one.before), _address(one.after)) for one in drawn.shown], drawn.more


def _address(png: bytes | None) -> str | None:
    return None if png is None else f"data:image/png;base64,{base64.b64encode(png).decode()}"
