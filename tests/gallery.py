"""Every page and every mail, to be looked at: ``python -m tests.gallery FOLDER [PAGE…]`` writes their pictures.

`wall` is a small application that serves the samples with the style sheet and the real filters, so that tests walk the
same pages as people.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

from flask import Flask, abort, render_template
from flask_babel import Babel, force_locale
from jinja2 import StrictUndefined
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from portal.adapters.mailtext import MailText, MailTexts
from portal.domain.lifecycle import Status
from portal.domain.words import filters, status_word
from portal.routes.forms import Compose, Pay, SignIn
from tests.samples import DUE, ENVELOPE, LINK, MAILS, PAGES, SENDER, SETTINGS, letter, statement
from verifier.parts import laid_out

ROOT = Path(__file__).resolve().parents[1]
FORMS = {"sender/compose.html": Compose, "sender/recap.html": Pay, "account/sign_in.html": SignIn}
VIEWS: tuple[tuple[int, Literal["light", "dark"]], ...] = ((360, "light"), (1280, "light"), (360, "dark"))
PEOPLE = {"sender": "sender", "audit": "auditor"}


def wall() -> Flask:
    """Return the application that serves ``/<language>/<page>``; a name that a template does not know is an error."""
    app = Flask("gallery", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "portal/static"))
    app.config.update(SECRET_KEY="for samples only", WTF_CSRF_ENABLED=False)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "portal/translations")
    Babel(app, default_locale="fr")
    environment = app.jinja_env
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.undefined = StrictUndefined
    app.url_build_error_handlers.append(lambda error, endpoint, values: f"/{endpoint}")
    environment.globals["csrf_token"] = lambda: "sample"

    @app.get("/<lang>/<name>")
    def page(lang: str, name: str) -> Any:
        if name not in PAGES:
            abort(404)
        environment.filters.update(filters(zone=SETTINGS.legal_tz, place=SETTINGS.legal_place, language=lambda: lang))
        template, facts = PAGES[name]
        role = PEOPLE.get(template.partition("/")[0])
        person = SimpleNamespace(id=1, name=SENDER.name, email=SENDER.email, role=role) if role else None
        known = {"site": SETTINGS, "lang": lang, "person": person, "status_word": lambda one: status_word(one, lang)}
        known["served"] = lambda _endpoint: True
        known["this_page"] = lambda: f"/{lang}/{name}"
        if "report" in facts:
            layout = laid_out(facts["report"], lang, zone=SETTINGS.legal_tz, place=SETTINGS.legal_place)
            facts = {"layout": layout, "shown": [], "more": 0, "taken": "sample", **facts}
        with force_locale(lang):
            form = {"form": _form(FORMS[template], facts)} if template in FORMS else {}
            return render_template(template, **known, **form, **facts)

    @app.get("/<lang>/mail/<name>")
    def mail(lang: str, name: str) -> str:
        return written(name, lang).html

    return app


def _form(kind: type, facts: dict[str, Any]) -> Any:
    form = kind(formdata=None)
    for field, message in facts.get("errors", []):
        form[field].errors = [message]
    return form


def written(name: str, lang: str) -> MailText:
    """Return a sample mail: subject, text and HTML."""
    kind = MAILS[name]
    texts = MailTexts(SETTINGS, templates=ROOT / "templates", translations=ROOT / "portal/translations")
    return texts.write(
        name, lang, letter=letter(Status.RECEIVED), envelope=ENVELOPE, link=LINK, deadline=DUE, code="204817",
        statement=statement(kind) if kind else None, page="https://lse.exemple.nc/lettres/LSE260414-000006",
    )  # fmt: skip


def main(folder: Path, only: tuple[str, ...] = ()) -> None:
    """Write a picture of each page, narrow and wide, light and dark; `only` names the pages wanted."""
    folder.mkdir(parents=True, exist_ok=True)
    server = make_server("127.0.0.1", 0, wall(), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    names = [name for name in (*PAGES, *(f"mail/{mail}" for mail in MAILS)) if not only or name in only]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for width, scheme in VIEWS:
            tab = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
            for name in names:
                tab.goto(f"http://127.0.0.1:{server.port}/fr/{name}")
                tab.screenshot(path=folder / f"{name.replace('/', '-')}.{width}.{scheme}.png", full_page=True)
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]), tuple(sys.argv[2:]))
