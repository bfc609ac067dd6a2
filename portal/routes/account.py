"""Signing in and out."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from portal.routes.doors import audience, cookie, office
from portal.routes.forms import SignIn
from portal.security.origin import signed_path
from portal.services import accounts

counter = Blueprint("account", __name__)

HOME = {"auditor": "audit.journal"}


@counter.route("/connexion", methods=["GET", "POST"])
@audience("everyone")
def sign_in() -> ResponseReturnValue:
    form, wrong = SignIn(), False
    if form.validate_on_submit():
        ticket = accounts.sign_in(office(), form.email.data, form.password.data)
        if ticket is not None:
            return _enter(ticket)
        wrong = True
    demo = current_app.config["DEMO_ACCOUNTS"] if office().settings.test else []
    failed = wrong or bool(form.errors)
    return render_template("account/sign_in.html", form=form, error=wrong, demo=demo), 422 if failed else 200


@counter.post("/deconnexion")
@audience("everyone")
def sign_out() -> ResponseReturnValue:
    ticket = request.cookies.get(cookie("account"))
    if ticket:
        accounts.sign_out(office(), ticket)
    session.clear()
    response = redirect(url_for("home.home"), 303)
    response.delete_cookie(cookie("account"), path="/", secure=office().settings.secure, httponly=True, samesite="Lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _enter(ticket: str) -> ResponseReturnValue:
    """A new session for whoever signed in: nothing that was there before survives (no fixation)."""
    session.clear()
    person = accounts.signed_in(office(), ticket)
    home = url_for(HOME.get(person.role if person else "", "sender.letters"))
    response = redirect(signed_path(request.args.get("suite", "")) or home, 303)
    before = request.cookies.get(cookie("account"))
    if before:
        accounts.sign_out(office(), before)
    response.set_cookie(
        cookie("account"),
        ticket,
        max_age=int(accounts.SIGNED_IN.total_seconds()),
        path="/",
        secure=office().settings.secure,
        httponly=True,
        samesite="Lax",
    )
    return response
