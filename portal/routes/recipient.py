"""The recipient's counter. GET shows; only a POST with the typed address consults or refuses; then the URL holds no token."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as AnyResponse

from portal.domain.access import masked
from portal.domain.errors import AddressMismatch, CodeWrong
from portal.domain.lifecycle import Status
from portal.routes.doors import audience, cookie, office, visitor
from portal.security.downloads import as_download
from portal.services import archive, consult
from portal.services.consult import Entered
from portal.services.register import Opened

counter = Blueprint("recipient", __name__)


@counter.get("/l/<token>")
@audience("everyone")
def presentation(token: str) -> ResponseReturnValue:
    opened = consult.look(office(), token, visitor())
    if opened.letter.status is Status.RECEIVED:
        return render_template("recipient/reopen.html", token=token, letter=opened.letter, envelope=opened.envelope)
    return _ask("recipient/presentation.html", token, opened)


@counter.post("/l/<token>/consulter", endpoint="consult")
@audience("everyone")
def consult_letter(token: str) -> ResponseReturnValue:
    typed = request.form.get("address", "")
    try:
        entered = consult.consult(office(), token, visitor(), typed=typed)
    except AddressMismatch:
        return _again("recipient/presentation.html", token, typed)
    return _enter(entered, just_opened=True)


@counter.get("/l/<token>/refuser")
@audience("everyone")
def refusal(token: str) -> ResponseReturnValue:
    return _ask("recipient/refusal.html", token, consult.look_before_refusing(office(), token, visitor()))


@counter.post("/l/<token>/refuser")
@audience("everyone")
def refuse(token: str) -> ResponseReturnValue:
    typed = request.form.get("address", "")
    if request.form.get("confirm") != "yes":
        opened = consult.look_before_refusing(office(), token, visitor())
        return _ask("recipient/refusal.html", token, opened, error="confirm", typed=typed), 422
    try:
        consult.refuse(office(), token, visitor(), typed=typed)
    except AddressMismatch:
        return _again("recipient/refusal.html", token, typed)
    return redirect(url_for("recipient.refused"), 303)


@counter.get("/refus-enregistre")
@audience("everyone")
def refused() -> ResponseReturnValue:
    return render_template("recipient/refused.html")


@counter.post("/l/<token>/relire")
@audience("everyone")
def reopen(token: str) -> ResponseReturnValue:
    return _enter(consult.reopen(office(), token, visitor()))


@counter.post("/l/<token>/code")
@audience("everyone")
def ask_code(token: str) -> ResponseReturnValue:
    return _code_page(token, consult.ask_code(office(), token, visitor()), sent=True, error=None)


@counter.post("/l/<token>/rattacher")
@audience("everyone")
def rebind(token: str) -> ResponseReturnValue:
    try:
        entered = consult.rebind(office(), token, visitor(), digits=request.form.get("code", ""))
    except CodeWrong:
        return render_template("recipient/rebind.html", token=token, mailbox=None, sent=False, error="wrong"), 422
    return _enter(entered)


@counter.get("/courrier/<int:number>")
@audience("recipient")
def letter(number: int) -> ResponseReturnValue:
    opened = _read(number, "page")
    return render_template(
        "recipient/letter.html",
        letter=opened.letter,
        envelope=opened.envelope,
        message=archive.message(office(), opened),
        just_opened=request.args.get("ouvert") == "1",
    )


@counter.get("/courrier/<int:number>/lettre.pdf")
@audience("recipient")
def paper(number: int) -> ResponseReturnValue:
    opened = _read(number, "paper")
    return as_download(
        Response(archive.paper(office(), opened), mimetype="application/pdf"), f"{opened.letter.reference}.pdf"
    )


@counter.get("/courrier/<int:number>/piece/<int:position>")
@audience("recipient")
def piece(number: int, position: int) -> ResponseReturnValue:
    stored, blocks = archive.piece(office(), _read(number, f"piece {position}"), position)
    response = Response(blocks, mimetype=stored.piece.media_type)
    response.content_length = stored.piece.size
    return as_download(response, stored.piece.name)


@counter.get("/courrier/<int:number>/tout.zip")
@audience("recipient")
def bundle(number: int) -> ResponseReturnValue:
    opened = _read(number, "bundle")
    return as_download(
        Response(archive.bundle(office(), opened), mimetype="application/zip"), f"{opened.letter.reference}.zip"
    )


def _read(number: int, what: str) -> Opened:
    return consult.read(office(), number, request.cookies.get(_ticket_cookie(number)), visitor(), what=what)


def _ask(template: str, token: str, opened: Opened, *, error: str | None = None, typed: str = "") -> str:
    return render_template(
        template,
        token=token,
        letter=opened.letter,
        envelope=opened.envelope,
        challenge=office().settings.challenge == "email",
        error=error,
        typed=typed,
    )


def _again(template: str, token: str, typed: str) -> ResponseReturnValue:
    """Show the form once more: nothing was done, and what was typed is kept."""
    opened = consult.look(office(), token, visitor())
    return _ask(template, token, opened, error="mismatch" if typed.strip() else "empty", typed=typed[:254]), 422


def _code_page(token: str, opened: Opened, *, sent: bool, error: str | None) -> str:
    mailbox = masked(opened.envelope.recipient.email)
    return render_template("recipient/rebind.html", token=token, mailbox=mailbox, sent=sent, error=error)


def _enter(entered: Entered, *, just_opened: bool = False) -> AnyResponse:
    """Leave the address that holds a token for one that holds none, with the ticket in a cookie of this letter."""
    where = url_for("recipient.letter", number=entered.number, ouvert="1" if just_opened else None)
    response = redirect(where, 303)
    response.set_cookie(
        _ticket_cookie(entered.number),
        entered.ticket,
        max_age=int(consult.VISIT.total_seconds()),
        path="/",
        secure=office().settings.secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def _ticket_cookie(number: int) -> str:
    return cookie(f"courrier-{number}")
