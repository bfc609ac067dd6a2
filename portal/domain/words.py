"""How times, sums, sizes and statuses are written for people, the same on pages and in mails."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from portal.domain.access import masked
from portal.domain.lifecycle import Status
from verifier import typeset

STATUSES: dict[Status, tuple[str, str]] = {
    Status.AWAITING_PAYMENT: ("En attente de paiement", "Awaiting payment"),
    Status.CHECKING_PAYMENT: ("Vérification en cours", "Checking payment"),
    Status.PAYMENT_REFUSED: ("Paiement refusé", "Payment refused"),
    Status.CANCELLED: ("Envoi annulé", "Cancelled"),
    Status.AWAITING_DISPATCH: ("En attente d’envoi", "Awaiting dispatch"),
    Status.SENT: ("Envoyé", "Sent"),
    Status.UNDELIVERED: ("Non distribué", "Undelivered"),
    Status.RECEIVED: ("Reçu et lu", "Received and opened"),
    Status.REFUSED: ("Refusé", "Refused"),
    Status.IGNORED: ("Ignoré", "Not collected"),
    Status.TECHNICAL_ERROR: ("Erreur technique", "Technical error"),
}
"""The guide's eleven words (part 6), and English beside them."""

_MONTHS = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),  # noqa: SIM905
    "en": "January February March April May June July August September October November December".split(),  # noqa: SIM905
}


def status_word(status: Status, language: str) -> str:
    return STATUSES[status][0 if language == "fr" else 1]


def filters(*, zone: str, place: str, language: Callable[[], str]) -> dict[str, Callable[..., Any]]:
    """Return the template filters of an instance whose legal time is `zone`, called `place`; `language` is fr or en."""

    def legal(moment: datetime) -> str:
        return typeset.legal_time(moment, zone=zone, place=place).split(" · ")[0]

    def utc(moment: datetime) -> str:
        return typeset.legal_time(moment, zone=zone, place=place).split(" · ")[1]

    def until(moment: datetime) -> str:
        return typeset.legal_time(moment, zone=zone, place=place, closing=True).split(" · ")[0]

    def prose(moment: datetime) -> str:
        return _prose(moment.astimezone(ZoneInfo(zone)), language())

    def prose_until(moment: datetime) -> str:
        return _prose_until(moment.astimezone(ZoneInfo(zone)), language())

    return {
        "legal": legal,
        "utc": utc,
        "until": until,
        "prose": prose,
        "prose_until": prose_until,
        "day": lambda moment: moment.astimezone(ZoneInfo(zone)).strftime("%d/%m/%Y"),
        "iso": lambda moment: moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "size": lambda count: typeset.size(count, language()),
        "money": lambda amount: f"{typeset.number(amount, language())}\u00a0XPF",
        "groups": lambda digits: " ".join(typeset.digest(digits)),
        "masked": masked,
        "visible": visible,
    }


def visible(text: str) -> str:
    """Write the controls that hide or reorder characters as their code points, so that a name cannot disguise itself.

    >>> visible("fdp.\u202etnerret")
    'fdp.[U+202E]tnerret'
    """
    return "".join(f"[U+{ord(one):04X}]" if _hides(one) else one for one in text)


def _hides(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co") and character not in "\n\t\u200d"


def _prose(local: datetime, language: str) -> str:
    month = _MONTHS[language][local.month - 1]
    if language == "en":
        return f"{local.day} {month} {local.year} at {local.hour}:{local.minute:02}"
    first = "1er" if local.day == 1 else str(local.day)
    return f"{first} {month} {local.year} à {local.hour}\u00a0h\u00a0{local.minute:02}"


def _prose_until(local: datetime, language: str) -> str:
    """A midnight is the end of the day before, as a deadline is spoken of."""
    if (local.hour, local.minute, local.second) != (0, 0, 0):
        return _prose(local, language)
    eve = local - timedelta(days=1)
    month = _MONTHS[language][eve.month - 1]
    if language == "en":
        return f"{eve.day} {month} {eve.year}, end of day (24:00)"
    first = "1er" if eve.day == 1 else str(eve.day)
    return f"{first} {month} {eve.year} inclus (24\u00a0h)"
