"""The auditor's counter: read, export, and recheck elsewhere."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from portal.routes.doors import audience, office
from portal.security.downloads import as_download
from portal.services import audit

counter = Blueprint("audit", __name__)


@counter.get("/journal")
@audience("auditor")
def journal() -> ResponseReturnValue:
    text = request.args.get("below", "")
    below = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
    entries, before, checkpoint = audit.view(office(), below=below)
    return render_template("audit/journal.html", entries=entries, before=before, checkpoint=checkpoint)


@counter.get("/journal/export.zip")
@audience("auditor")
def export() -> ResponseReturnValue:
    path = audit.export_zip(office())
    file = path.open("rb")
    path.unlink()
    response = Response(iter(lambda: file.read(256 * 1024), b""), mimetype="application/zip")
    response.call_on_close(file.close)
    return as_download(response, "journal.zip")
