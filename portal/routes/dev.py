"""The demonstration's neighbours, served by test instances only: the mailbox and the simulated bank.

The bank speaks the gateway's own protocol: it takes the signed form, sends its signed notice to our address from server to
server, and shows the way back, as the real one does.
"""

from __future__ import annotations

import re
import secrets
import urllib.error
import urllib.request
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, g, render_template, request
from flask.typing import ResponseReturnValue

from portal.adapters.gateway import is_signed, sign
from portal.adapters.mail import Mailbox
from portal.domain.errors import NotFound, NoticeRejected
from portal.routes.doors import audience, office
from portal.security.downloads import as_download

counter = Blueprint("dev", __name__, url_prefix="/dev")

OUTCOMES = {"pay": "AUTHORISED", "refuse": "REFUSED", "abandon": "ABANDONED"}
_LINK = re.compile(r"^https?://\S+$", re.MULTILINE)
"""A link of a mail: it has a line of its own, unlike an address that a sentence mentions."""


@counter.get("/mailbox")
@audience("developer")
def mailbox() -> ResponseReturnValue:
    mails = [
        {"id": mail_id, "to": mail["To"], "subject": mail["Subject"], "at": mail["Date"].datetime}
        for mail_id, mail in _mailbox().messages()
    ]
    return render_template("dev/mailbox.html", mails=mails)


@counter.get("/mailbox/<mail>")
@audience("developer")
def mail(mail: str) -> ResponseReturnValue:
    message, _raw = _message(mail)
    text = message.get_body(("plain",))
    written = text.get_content() if text else ""
    shown = {
        "id": mail,
        "headers": [
            (name, message[name])
            for name in ("From", "To", "Reply-To", "Subject", "Date", "Message-ID")
            if message[name]
        ],
        "text": written,
        "links": _LINK.findall(written),
        "attachments": [
            {"name": part.get_filename(), "index": index} for index, part in enumerate(message.iter_attachments())
        ],
    }
    return render_template("dev/mail.html", mail=shown)


@counter.get("/mailbox/<mail>/html")
@audience("developer")
def mail_html(mail: str) -> ResponseReturnValue:
    body = _message(mail)[0].get_body(("html",))
    g.policy = "mail"
    return Response(body.get_content() if body else "", mimetype="text/html")


@counter.get("/mailbox/<mail>/source")
@audience("developer")
def mail_source(mail: str) -> ResponseReturnValue:
    return as_download(Response(_message(mail)[1], mimetype="message/rfc822"), f"{mail}.eml")


@counter.get("/mailbox/<mail>/piece/<int:part>")
@audience("developer")
def mail_part(mail: str, part: int) -> ResponseReturnValue:
    parts = list(_message(mail)[0].iter_attachments())
    if part >= len(parts):
        raise NotFound("attachment")
    content: Any = parts[part]
    response = Response(content.get_content(), mimetype=content.get_content_type())
    return as_download(response, content.get_filename())


@counter.post("/banque")
@audience("developer")
def bank() -> ResponseReturnValue:
    form = request.form
    if not is_signed(form, office().gateway.key):
        raise NoticeRejected("signature of the form")
    return render_template("dev/bank.html", fields=form, order=form["vads_order_id"], amount=int(form["vads_amount"]))


@counter.post("/banque/payer")
@audience("developer")
def bank_pay() -> ResponseReturnValue:
    outcome = request.form.get("outcome", "")
    fields = {name: value for name, value in request.form.items() if name.startswith("vads_")}
    gateway = office().gateway
    if outcome not in OUTCOMES or not is_signed(request.form, gateway.key):
        raise NoticeRejected("signature of the form")
    told = {
        **fields,
        "vads_trans_status": OUTCOMES[outcome],
        "vads_trans_uuid": secrets.token_hex(16),
        "vads_operation_type": "DEBIT",
        "vads_url_check_src": "PAY",
        "vads_hash": secrets.token_hex(32),
    }
    current_app.config["BANK_NOTIFIES"](gateway.notice_url, {**told, "signature": sign(told, gateway.key)})
    back = f"{gateway.return_url}?{urlencode({'vads_order_id': fields['vads_order_id']})}"
    return render_template("dev/bank_done.html", outcome=outcome, back=back)


def notify(url: str, form: dict[str, str]) -> None:
    """Send a notice as the bank's server would, and take any answer."""
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"notice address: got {url!r}")
    notice = urllib.request.Request(url, urlencode(form).encode(), method="POST")  # noqa: S310 - our own address
    try:
        urllib.request.urlopen(notice, timeout=10).close()  # noqa: S310
    except urllib.error.URLError as fault:
        current_app.extensions["log"].warning("simulated bank: notice not taken", fault=type(fault).__name__)


def _mailbox() -> Mailbox:
    mailer = office().mailer
    if not isinstance(mailer, Mailbox):
        raise NotFound("mailbox")
    return mailer


def _message(mail_id: str) -> tuple[EmailMessage, bytes]:
    found = _mailbox().message(mail_id)
    if found is None:
        raise NotFound("mail")
    return found
