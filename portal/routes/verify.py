"""The verifier's counter: drop a proof, read the verdict. Nothing that is dropped is kept."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.routes.doors import audience, office

counter = Blueprint("verify", __name__)


@counter.get("/verifier")
@audience("everyone")
def drop() -> ResponseReturnValue:
    return render_template("verify/drop.html", error=None)


@counter.post("/verifier", endpoint="judge")
@audience("everyone")
def report() -> ResponseReturnValue:
    file = request.files.get("proof")
    sandbox = office().sandbox
    raw = file.stream.read(sandbox.limits.file + 1) if file else b""
    if not file or not raw:
        return render_template("verify/drop.html", error="empty"), 422
    if len(raw) > sandbox.limits.file:
        return render_template("verify/drop.html", error="too-large"), 413
    found = sandbox.judge(raw, anchors=[office().root_pem], now=office().now(), name=(file.filename or "")[:150])
    return render_template("verify/report.html", report=found)
