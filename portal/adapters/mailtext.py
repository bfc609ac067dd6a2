"""The words of a mail: a subject, a text that suffices by itself, and HTML beside it, in the letter's language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from portal.config import Settings
from portal.domain.words import filters, status_word

_SPACES = re.compile(r"[\r\n\t ]+")  # and not the no-break spaces of a name


@dataclass(frozen=True)
class MailText:
    subject: str
    text: str
    html: str


class MailTexts:
    """The mail templates of an instance, one environment a language."""

    def __init__(self, settings: Settings, *, templates: Path, translations: Path) -> None:
        self._environments = {
            language: _environment(settings, language, templates=templates, translations=translations)
            for language in ("fr", "en")
        }

    def write(self, name: str, language: str, **facts: Any) -> MailText:
        """Fill the templates ``mail/<name>.*``; an unknown fact in a template is an error, not a blank."""
        environment = self._environments[language]
        subject, text, html = (
            environment.get_template(f"mail/{name}.{ending}").render(facts) for ending in ("subject.txt", "txt", "html")
        )
        return MailText(_SPACES.sub(" ", subject).strip(), text.strip() + "\n", html)


def _environment(settings: Settings, language: str, *, templates: Path, translations: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words: NullTranslations = Translations.load(translations, [language]) if language != "fr" else NullTranslations()
    environment.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(filters(zone=settings.legal_tz, place=settings.legal_place, language=lambda: language))
    environment.globals.update(site=settings, lang=language, status_word=lambda status: status_word(status, language))
    return environment
