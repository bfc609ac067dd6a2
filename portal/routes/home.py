"""The hall: what this is, the policy that proofs cite, the language, and what machines ask."""

from __future__ import annotations

import time

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.routes.doors import audience, cookie, office
from portal.routes.words import LANGUAGES
from portal.security.origin import leads_inside
from portal.services import health

counter = Blueprint("home", __name__)

YEAR = 365 * 24 * 3600
READY_SECONDS = 5
"""How long an answer about the instance's condition holds: finding out writes to the vault, and anybody may ask."""


@counter.get("/")
@audience("everyone")
def home() -> ResponseReturnValue:
    return render_template("home.html")


@counter.get("/politique")
@audience("everyone")
def policy() -> ResponseReturnValue:
    return render_template("policy.html")


@counter.get("/racine.pem")
@audience("everyone")
def anchor() -> ResponseReturnValue:
    response = Response(office().root_pem, mimetype="application/x-pem-file")
    response.headers.set("Content-Disposition", "attachment", filename="racine.pem")
    return response


@counter.post("/langue/<lang>")
@audience("everyone")
def language(lang: str) -> ResponseReturnValue:
    back = request.form.get("to", "/")
    response = redirect(back if leads_inside(back) else url_for("home.home"), 303)
    if lang in LANGUAGES:
        response.set_cookie(
            cookie("langue"),
            lang,
            max_age=YEAR,
            path="/",
            secure=office().settings.secure,
            httponly=True,
            samesite="Lax",
        )
    return response


@counter.get("/livez")
@audience("everyone")
def live() -> ResponseReturnValue:
    return Response("ok\n", mimetype="text/plain")


@counter.get("/readyz")
@audience("everyone")
def ready() -> ResponseReturnValue:
    known: tuple[float, bool] | None = current_app.extensions.get("ready")
    if known is None or time.monotonic() - known[0] >= READY_SECONDS:
        known = current_app.extensions["ready"] = (time.monotonic(), health.check(office()).ready)
    return Response("ok\n" if known[1] else "not ready\n", 200 if known[1] else 503, mimetype="text/plain")


@counter.get("/.well-known/security.txt")
@audience("everyone")
def security_txt() -> ResponseReturnValue:
    settings = office().settings
    year = office().now().year
    text = (
        f"Contact: mailto:{settings.support_email}\nExpires: {year + 1}-01-01T00:00:00Z\nPreferred-Languages: fr, en\n"
    )
    return Response(text, mimetype="text/plain")
