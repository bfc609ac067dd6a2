"""The language of a visit, and the words and filters that every template may use."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, request
from flask_babel import Babel

from portal.domain.errors import Denied
from portal.domain.lifecycle import Status
from portal.domain.words import filters, status_word
from portal.office import TRANSLATIONS, Office
from portal.routes import doors
from portal.security.origin import leads_inside

LANGUAGES = ("fr", "en")


def language() -> str:
    """Return the language chosen, else the one the browser prefers, else French."""
    chosen = request.cookies.get(doors.cookie("langue"))
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(LANGUAGES, "fr") or "fr"


def attach(app: Flask, office: Office) -> None:
    """Give the templates of `app` their language, filters and globals."""
    settings = office.settings
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    app.config["BABEL_DEFAULT_LOCALE"] = "fr"
    Babel(app, locale_selector=language)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(filters(zone=settings.legal_tz, place=settings.legal_place, language=language))

    @app.context_processor
    def common() -> dict[str, Any]:
        lang = language()

        def word(status: Status) -> str:
            return status_word(status, lang)

        return {
            "site": settings,
            "lang": lang,
            "status_word": word,
            "person": _person(),
            "served": served,
            "this_page": this_page,
        }


def this_page() -> str:
    """Return the address of this page, to come back to; of the page whose form led here, where this one takes only forms."""
    route = request.url_rule
    if route is None or "GET" in (route.methods or ()):
        return request.path
    form = urlsplit(request.referrer or "")
    own = f"{form.scheme}://{form.netloc}/" == request.host_url and leads_inside(form.path)
    return form.path if own else "/"


def served(endpoint: str) -> bool:
    """Whether this process serves a page, so that none links to a counter that another process keeps."""
    return endpoint in current_app.view_functions


def _person() -> object:
    """Whoever is signed in, or nobody: an error page must not fail because the database is away."""
    try:
        return doors.signed_in()
    except Denied:
        return None
