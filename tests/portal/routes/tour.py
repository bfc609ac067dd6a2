"""A tour of the town in which every door of the portal is opened by whoever it is for, in the course of real letters."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, field
from typing import Any

import werkzeug.exceptions
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.adapters.mail import Mailbox
from portal.db import people
from portal.services import payment
from tests.stories.actors import Recipient, Sender, Town, Visitor, body, hidden_fields

JOEL, ANNE = "joel@exemple.nc", "anne@exemple.nc"
FILES = (("relevé.txt", b"12 400 XPF"), ("façade.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"))
CONTENT = {
    "audit.export",
    "copies.bundle",
    "copies.paper",
    "copies.piece",
    "dev.mail_part",
    "dev.mail_source",
    "recipient.bundle",
    "recipient.paper",
    "recipient.piece",
    "sender.proof",
    "verify.keep",
}
"""What is a file of somebody's, and runs nothing."""
METHODS = ("GET", "HEAD", "POST", "OPTIONS")
_CODE = re.compile(r"\b\d{6}\b")


@dataclass
class Tour:
    """What is left after the tour: each letter at another point of its life, and whoever holds a part of it."""

    town: Town
    sender: Sender
    auditor: Visitor
    recipient: Recipient
    reference: str
    """Of a letter that was consulted."""
    unpaid: str
    """Reference of a letter whose sender stands before the bank."""
    draft: str
    number: int
    proof: int
    mail: str
    answers: tuple[TestResponse, ...] = field(repr=False)
    """What every browser was answered on the way."""

    def path(self, rule: Rule) -> str:
        """Return the address at which a rule's door is one of this tour."""
        values: dict[str, Any] = {
            "draft_id": self.draft,
            "filename": "lse.css",
            "lang": "en",
            "mail": self.mail,
            "number": self.number,
            "part": 0,
            "position": 0,
            "proof": self.proof,
            "reference": self.unpaid if rule.rule.endswith("/paiement") else self.reference,
            "token": self.recipient.link.rpartition("/")[2],
        }
        built = rule.build({name: values[name] for name in rule.arguments if name not in (rule.defaults or {})})
        assert built is not None
        return built[1]

    def order(self, reference: str) -> dict[str, str]:
        """Return the signed form with which the sender stands before the bank for a letter."""
        office = self.town.office
        with office.db.read() as conn:
            sender = people.by_email(conn, self.sender.email)
        assert sender is not None
        return payment.order_form(office, sender_id=sender.id, reference=reference)[1]

    def with_the_letters_cookie(self, *, named_for: int | None = None) -> Visitor:
        """Return whoever holds the cookie of the consulted letter and nothing else, maybe under another letter's name."""
        held = self.recipient.holds(f"courrier-{self.number}")
        assert held is not None
        holder = Visitor(self.town, at=self.recipient.at)
        holder.is_given(f"courrier-{named_for or self.number}", held)
        return holder

    def ask(self, rule: Rule, method: str, **options: Any) -> TestResponse:
        """Ask at a door as the person it is for."""
        whom = getattr(self.town.app.view_functions[rule.endpoint], "audience", "")
        who = {"sender": self.sender, "auditor": self.auditor}.get(whom, self.recipient)
        return self.knock(who, rule, method, **options)

    def knock(self, who: Visitor, rule: Rule, method: str, **options: Any) -> TestResponse:
        """Ask at a rule's door as somebody would; a form holds its token and nothing else."""
        seen: dict[str, Any] = {"base_url": self.town.base_url, "environ_overrides": {"REMOTE_ADDR": who.at}}
        if rule.endpoint == "reports.csp":
            seen |= {"content_type": "application/csp-report", "data": b"{}"}
        elif method == "POST":
            seen |= {"data": {"csrf_token": who.token()}}
        return who.browser.open(self.path(rule), method=method, **{**seen, **options})


def doors(app: Flask) -> list[tuple[Rule, str]]:
    """Return every rule of the portal with every method that it takes."""
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
    return [(rule, method) for rule in rules for method in METHODS if method in (rule.methods or ())]


def rule_of(app: Flask, answer: TestResponse) -> Rule | None:
    """Return the rule that an answer came from."""
    request = answer.request
    try:
        return app.url_map.bind("localhost").match(request.path, request.method, return_rule=True)[0]
    except werkzeug.exceptions.HTTPException:
        return None


class Witness(FlaskClient):
    """A browser that reads every answer to its end; on the tour it keeps it, and looks once more with HEAD and OPTIONS."""

    def open(self, *args: Any, **options: Any) -> TestResponse:
        answer = super().open(*args, **{**options, "buffered": True})
        kept: list[TestResponse] | None = self.application.extensions.get("witnessed")
        if kept is not None:
            kept.append(answer)
            again = {name: options[name] for name in options.keys() & {"base_url", "environ_overrides", "headers"}}
            for method in ("HEAD", "OPTIONS") if answer.request.method == "GET" else ("OPTIONS",):
                path = answer.request.full_path.rstrip("?")
                kept.append(super().open(path, method=method, buffered=True, **again))
        return answer


def tour(town: Town) -> Tour:
    """Open every door of an instance that binds letters anew by a code in the mailbox."""
    seen = town.app.extensions["witnessed"] = []
    town.app.test_client_class = Witness
    _hall(town)
    sender, auditor = town.sender(), town.auditor()
    reference = sender.deposits(files=FILES, to=JOEL)
    sender.deposits("Non merci ?", to=ANNE)
    draft, unpaid = _writes_on(sender)
    town.works()
    _refuses(town)
    number = _reads(town)
    recipient = _moves(town)
    town.works()
    proofs = re.findall(rf"/lettres/{reference}/preuves/(\d+)", sender.sees(reference))
    sender.downloads_proofs(reference)
    for part in ("lettre.pdf", "piece/0", "tout.zip"):
        sender.gets(f"/lettres/{reference}/{part}")
    mail = _neighbours(town)
    auditor.gets("/journal")
    auditor.gets("/journal/export.zip")
    leaving = Visitor(town)
    leaving.signs_in(sender.email)
    leaving.posts("/deconnexion")
    del town.app.extensions["witnessed"]
    return Tour(town, sender, auditor, recipient, reference, unpaid, draft, number, int(proofs[0]), mail, tuple(seen))


def _hall(town: Town) -> None:
    visitor = Visitor(town)
    for path in (
        "/",
        "/politique",
        "/racine.pem",
        "/livez",
        "/readyz",
        "/.well-known/security.txt",
        "/verifier/schema.json",
    ):
        visitor.gets(path)
    visitor.gets("/static/lse.css")
    visitor.gets("/refus-enregistre")
    visitor.posts("/langue/en", {"to": "/politique"})
    visitor.gets("/verifier")
    answer = visitor.posts(
        "/verifier", {"proof": (io.BytesIO(b"<html>"), "preuve.pdf")}, content_type="multipart/form-data"
    )
    visitor.posts("/verifier/rapport", {"report": hidden_fields(answer.text)["report"], "shape": "json"})
    told = {"csp-report": {"effective-directive": "img-src", "blocked-uri": "https://other.example/x"}}
    visitor.browser.post("/csp", base_url=town.base_url, data=json.dumps(told), content_type="application/csp-report")


def _writes_on(sender: Sender) -> tuple[str, str]:
    """Leave one letter before the bank, after a card was refused, and another as a draft that was looked at again."""
    unpaid = sender.deposits(outcome="refuse", to=ANNE)
    sender.posts(f"/lettres/{unpaid}/annuler")
    sender.posts(f"/lettres/{unpaid}/paiement")
    sender.follows()
    sender.gets("/paiement/retour", query_string={"vads_order_id": unpaid})
    sender.gets("/lettres", query_string={"status": "sent"})
    draft = sender.writes("Encore une chose.").removesuffix("/recapitulatif")
    sender.gets(draft)
    sender.writes("Encore deux choses.", at=draft)
    return draft.rpartition("/")[2], unpaid


def _refuses(town: Town) -> None:
    anne = Recipient(town, ANNE).opens_the_mail()
    anne.and_refuses()
    anne.follows()


def _reads(town: Town) -> int:
    """Let the recipient consult, come back and take everything away, and return the letter's number."""
    joel = Recipient(town, JOEL).opens_the_mail()
    joel.and_consults()
    joel.follows()
    joel.gets(joel.link)
    joel.posts(f"{joel.link}/relire")
    page = joel.follows().request.path
    for part in ("lettre.pdf", "piece/0", "piece/1", "tout.zip"):
        joel.gets(f"{page}/{part}")
    return int(page.rpartition("/")[2])


def _moves(town: Town) -> Recipient:
    """Let the recipient in from elsewhere, by a code that came to the mailbox."""
    joel = Recipient(town, JOEL, at="198.51.100.77").opens_the_mail()
    joel.posts(f"{joel.link}/code")
    town.works()
    code = _CODE.search(body(town.mails(JOEL)[-1]))
    assert code is not None
    joel.posts(f"{joel.link}/rattacher", {"code": code.group()})
    joel.follows()
    return joel


def _neighbours(town: Town) -> str:
    """Look through the mailbox, and return the id of a mail that brings a proof."""
    mailer, developer = town.office.mailer, Visitor(town)
    assert isinstance(mailer, Mailbox)
    mail = next(mail_id for mail_id, mail in mailer.messages() if any(mail.iter_attachments()))
    developer.gets("/dev/mailbox")
    for part in ("", "/html", "/source", "/piece/0"):
        developer.gets(f"/dev/mailbox/{mail}{part}")
    return mail
