"""A letter's facts in plain words, for its sender."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.services.tracking import Moment

WORDS = {
    "deposited": _l("Lettre déposée"),
    "payment-begun": _l("Paiement commencé"),
    "payment-refused": _l("Paiement refusé par la banque"),
    "payment-abandoned": _l("Paiement abandonné"),
    "cancelled": _l("Envoi annulé par l’expéditeur"),
    "SubmissionAcceptance": _l("Paiement reçu : la lettre est acceptée"),
    "NotificationForAcceptance": _l("Avis envoyé au destinataire et accepté par le serveur de messagerie"),
    "NotificationForAcceptanceFailure": _l("L’avis n’a pas pu être distribué"),
    "dispatch-failed": _l("Envoi impossible pour une raison technique ; l’exploitant est averti"),
    "ConsignmentAcceptance": _l("Courrier consulté par le destinataire"),
    "ConsignmentRejection": _l("Courrier refusé par le destinataire"),
    "AcceptanceRejectionExpiry": _l("Délai de quinze jours passé sans consultation ni refus"),
}


@dataclass(frozen=True)
class Line:
    """One line of the timeline."""

    at: datetime
    word: str
    detail: str


def moment_lines(moments: Iterable[Moment]) -> list[Line]:
    return [Line(moment.at, str(WORDS[moment.event]), _detail(moment)) for moment in moments]


def _detail(moment: Moment) -> str:
    answer = moment.detail.get("answer")
    return _("Réponse du serveur : %(answer)s", answer=answer) if answer else ""
