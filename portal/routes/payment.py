"""The bank's counter: its notices move letters, the browser's way back only shows where things stand."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import NotFound, NoticeRejected
from portal.routes.doors import audience, office, person
from portal.services import payment, tracking

counter = Blueprint("payment", __name__)


@counter.post("/paiement/notification")
@audience("bank")
def notice() -> ResponseReturnValue:
    try:
        heard = payment.hear(office(), request.form)
    except NoticeRejected as fault:
        current_app.extensions["log"].warning("notice rejected", reason=str(fault))
        return Response("rejected\n", 400, mimetype="text/plain")
    log = current_app.extensions["log"]
    tell = log.warning if heard is payment.Heard.CONCERN else log.info
    tell("notice", heard=heard.value)
    return Response("ok\n", mimetype="text/plain")


@counter.get("/paiement/retour")
@audience("sender")
def come_back() -> ResponseReturnValue:
    reference = request.args.get("vads_order_id", "")
    try:
        history = tracking.history(office(), person().id, reference)
    except NotFound:
        return redirect(url_for("sender.letters"), 303)
    return render_template("sender/checking.html", letter=history.opened.letter)
