"""The people of the stories: they use the product as a browser does, and what they hold is what they were sent.

letter = sender.deposits("Bonjour", to="joel@exemple.nc")
recipient.opens_the_mail(letter).and_consults()
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal import worker
from portal.adapters.mail import Mailbox
from portal.app import create_app
from portal.office import Office
from portal.services import accounts

PASSWORD = "un mot de passe des tests"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_VERSION = re.compile(r'name="version" value="([0-9a-f]{64})"')
_LINK = re.compile(r"https?://\S+/l/(\S+)")
_OWN = re.compile(r'name="(csrf_token|to)" value="[^"]+"')


@dataclass
class Town:
    """An instance with its web application, its mailbox and its worker."""

    office: Office
    log: Any

    def __post_init__(self) -> None:
        self.app: Flask = create_app(self.office, bank_notifies=self._bank_notifies)
        self.app.testing = False

    def _bank_notifies(self, _url: str, form: dict[str, str]) -> None:
        self.notices.append(form)
        self.app.test_client().post("/paiement/notification", base_url=self.base_url, data=form)

    notices: list[dict[str, str]] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return self.office.settings.base_url

    def works(self) -> None:
        """Let the worker do all that is due now."""
        while worker.work_once(self.office, self.log):
            pass

    def mails(self, to: str) -> list[EmailMessage]:
        """Return what the mailbox holds for an address, oldest first."""
        mailer = self.office.mailer
        assert isinstance(mailer, Mailbox)
        return [mail for _, mail in mailer.messages() if mail["To"] == to][::-1]

    def sender(self, email: str = "expediteur@exemple.nc", *, role: str = "sender") -> Sender:
        self._register(email, role)
        return Sender(self, email)

    def auditor(self, email: str = "auditeur@exemple.nc") -> Visitor:
        self._register(email, "auditor")
        visitor = Visitor(self)
        visitor.signs_in(email)
        return visitor

    def _register(self, email: str, role: str) -> None:
        accounts.register(
            self.office,
            email=email,
            first_name="Hélène",
            last_name="TĀNEʻARII",
            role=role,
            password=PASSWORD,
            address="12 rue des Bougainvillées\n98800 Nouméa",
        )


class Visitor:
    """Somebody with a browser, at a network address."""

    def __init__(self, town: Town, *, at: str = "203.0.113.7") -> None:
        self.town = town
        self.at = at
        self.browser: FlaskClient = town.app.test_client()
        self.page: TestResponse | None = None

    def gets(self, path: str, **options: Any) -> TestResponse:
        return self._keep(self.browser.get(path, **self._as_seen(options)))

    def posts(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a form as the page at hand would, with its CSRF token."""
        form = {"csrf_token": self.token(), **(data or {})}
        return self._keep(self.browser.post(path, data=form, **self._as_seen(options)))

    def follows(self) -> TestResponse:
        """Go where the last answer led."""
        assert self.page is not None
        return self.gets(self.page.headers["Location"])

    def signs_in(self, email: str) -> TestResponse:
        self.gets("/connexion")
        return self.posts("/connexion", {"email": email, "password": PASSWORD})

    def holds(self, name: str) -> str | None:
        """Return one of the portal's cookies: ``account``, ``courrier-7``, or the session's own, which has no name."""
        held = self.browser.get_cookie(self._full(name), domain=self.town.office.settings.host)
        return held.value if held else None

    def is_given(self, name: str, value: str) -> None:
        """Take a cookie that somebody else was sent."""
        settings = self.town.office.settings
        self.browser.set_cookie(self._full(name), value, domain=settings.host, secure=settings.secure)

    def _full(self, name: str) -> str:
        return "-".join(part for part in ("__Host-lse" if self.town.office.settings.secure else "lse", name) if part)

    def token(self) -> str:
        """Return the CSRF token of the page at hand, or of another page of this visit."""
        page = self.page
        found = _TOKEN.search(page.text) if page is not None and page.mimetype == "text/html" else None
        if found is None:
            found = _TOKEN.search(self.browser.get("/verifier", **self._as_seen({})).text)
        assert found is not None
        return found.group(1)

    def _as_seen(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"base_url": self.town.base_url, "environ_overrides": {"REMOTE_ADDR": self.at}, **options}

    def _keep(self, page: TestResponse) -> TestResponse:
        self.page = page
        return page


class Sender(Visitor):
    """Somebody with an account, who writes."""

    def __init__(self, town: Town, email: str) -> None:
        super().__init__(town, at="198.51.100.1")
        self.email = email
        self.signs_in(email)

    def deposits(
        self,
        message: str = "Bonjour,\n\nVoici le relevé.",
        *,
        to: str = "joel@exemple.nc",
        files: tuple[tuple[str, bytes], ...] = (),
        outcome: str = "pay",
    ) -> str:
        """Go through the whole wizard and the bank, and return the letter's reference."""
        recap = self.writes(message, to=to, files=files)
        self.orders(recap)
        self.follows()
        return self.pays(outcome)

    def orders(self, recap: str) -> TestResponse:
        """Press the button of the page that shows a draft, which is at hand."""
        form = {"accept_sales": "y", "version": self.version()}
        return self.posts(recap.replace("recapitulatif", "payer"), form)

    def version(self) -> str:
        """Return of which state of a draft the page at hand tells."""
        assert self.page is not None
        found = _VERSION.search(self.page.text)
        assert found is not None
        return found.group(1)

    def writes(
        self,
        message: str,
        *,
        to: str = "joel@exemple.nc",
        files: tuple[tuple[str, bytes], ...] = (),
        at: str = "/lettres/nouvelle",
    ) -> str:
        """Fill in the wizard's form, and return the path of the page that shows the draft."""
        self.gets(at)
        self.posts(
            at,
            {
                "recipient_status": "particulier",
                "recipient_last_name": "MARTIN",
                "recipient_first_name": "Joël",
                "recipient_email": to,
                "subject": "Votre relevé",
                "dossier": "D-1",
                "message": message,
                "accept_terms": "y",
                "files": [(io.BytesIO(content), name) for name, content in files],
            },
            content_type="multipart/form-data",
        )
        return self.follows().request.path

    def pays(self, outcome: str = "pay") -> str:
        """Leave the page at hand for the bank, choose there, and return the letter's reference."""
        assert self.page is not None
        fields = hidden_fields(self.page.text)
        self.browser.post("/dev/banque", data=fields, **self._as_seen({}))
        self.browser.post("/dev/banque/payer", data={**fields, "outcome": outcome}, **self._as_seen({}))
        return fields["vads_order_id"]

    def sees(self, reference: str) -> str:
        return self.gets(f"/lettres/{reference}").text

    def downloads_proofs(self, reference: str) -> dict[str, bytes]:
        """Return the sealed proofs of a letter by kind."""
        paths = re.findall(rf'href="(/lettres/{reference}/preuves/\d+)"', self.sees(reference))
        proofs = {}
        for path in dict.fromkeys(paths):
            answer = self.gets(path)
            proofs[str(answer.headers["Content-Disposition"]).partition("filename=")[2][:2]] = answer.data
        return proofs


class Recipient(Visitor):
    """Somebody with a mailbox and no account."""

    def __init__(self, town: Town, email: str = "joel@exemple.nc", *, at: str = "203.0.113.7") -> None:
        super().__init__(town, at=at)
        self.email = email
        self.link = ""

    def opens_the_mail(self) -> Recipient:
        """Open the link of the newest mail that has one."""
        links = [_LINK.search(body(mail)) for mail in self.town.mails(self.email)]
        self.link = "/l/" + [found for found in links if found][-1].group(1)
        self.gets(self.link)
        return self

    def and_consults(self, *, typing: str | None = None) -> TestResponse:
        return self.posts(f"{self.link}/consulter", {"address": self.email if typing is None else typing})

    def and_refuses(self, *, typing: str | None = None) -> TestResponse:
        self.gets(f"{self.link}/refuser")
        form = {"address": self.email if typing is None else typing, "confirm": "yes"}
        return self.posts(f"{self.link}/refuser", form)


def body(mail: EmailMessage) -> str:
    """Return the text part of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def same_for_all(html: str) -> str:
    """Return a page without what it holds of the visit: its form's token, and the path back for another language."""
    return _OWN.sub("", html)


def hidden_fields(html: str) -> dict[str, str]:
    """Return the hidden fields of a page's forms that are not ours."""
    from bs4 import BeautifulSoup

    inputs = BeautifulSoup(html, "html.parser").select("input[type=hidden]")
    return {str(one["name"]): str(one["value"]) for one in inputs if one["name"] not in ("csrf_token", "to")}
