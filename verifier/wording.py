"""The words of a proof: each fact of a statement as a label, a value and notes, in French or in English.

The words say what the service recorded and no more. Whatever a proof does not establish is said on its page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from verifier.statement import Cause, Challenge, Citation, EventName, Observed, ProofKind, Statement
from verifier.typeset import clip, legal_time

_HOST, _REPLY, _CODE = 64, 120, 16
"""Longest printed host, server’s reply or message identifier, and code, in characters."""
_LABELS = {
    "fr": {
        EventName.SUBMISSION_ACCEPTANCE: "Dépôt accepté",
        EventName.NOTIFICATION_FOR_ACCEPTANCE: "Envoi et {nth} présentation",
        EventName.NOTIFICATION_FOR_ACCEPTANCE_FAILURE: "Non-distribution constatée",
        EventName.CONSIGNMENT_ACCEPTANCE: "Courrier consulté",
        EventName.CONTENT_HANDOVER: "Contenu rendu accessible",
        EventName.CONSIGNMENT_REJECTION: "Courrier refusé",
        EventName.ACCEPTANCE_REJECTION_EXPIRY: "Non réclamé, constaté le",
        "presented": "1re présentation",
        "deadline": "Fin du délai",
        "circumstances": "Circonstances",
        "cause": "Motif",
        "observed": "Constat",
        "cited": "Preuve antérieure",
    },
    "en": {
        EventName.SUBMISSION_ACCEPTANCE: "Deposit accepted",
        EventName.NOTIFICATION_FOR_ACCEPTANCE: "Dispatch and {nth} presentation",
        EventName.NOTIFICATION_FOR_ACCEPTANCE_FAILURE: "Non-delivery found",
        EventName.CONSIGNMENT_ACCEPTANCE: "Letter opened",
        EventName.CONTENT_HANDOVER: "Content made accessible",
        EventName.CONSIGNMENT_REJECTION: "Letter refused",
        EventName.ACCEPTANCE_REJECTION_EXPIRY: "Not collected, found on",
        "presented": "1st presentation",
        "deadline": "End of time limit",
        "circumstances": "Circumstances",
        "cause": "Cause",
        "observed": "How it was found",
        "cited": "Earlier proof",
    },
}
_EVENT_NOTES = {
    "fr": {
        EventName.CONTENT_HANDOVER: "Le service a ouvert l’accès au contenu ; il n’observe pas la lecture.",
        EventName.ACCEPTANCE_REJECTION_EXPIRY: "Ni consultation ni refus n’a été enregistré avant la fin du délai.",
    },
    "en": {
        EventName.CONTENT_HANDOVER: "The service opened access to the content; it does not observe reading.",
        EventName.ACCEPTANCE_REJECTION_EXPIRY: "Neither an opening nor a refusal was recorded within the time limit.",
    },
}
_DEADLINES = {
    "fr": "Le destinataire peut consulter ou refuser la lettre jusqu’à cet instant compris.",
    "en": "The recipient may open or refuse the letter until that instant, included.",
}
"""Said while the recipient may still act."""
_HANDOVERS = {
    "fr": {
        True: "Notification acceptée par le serveur de messagerie du destinataire, {host} ; "
        "ce n’est pas une preuve que le destinataire l’a lue.",
        False: "Notification acceptée par le serveur relais du service, {host} ; la réponse du serveur du destinataire "
        "n’est pas connue, et ce n’est pas une preuve que le destinataire l’a lue.",
        "reply": "Réponse du serveur : {text}",
        "message": "Identifiant du message : {text}",
    },
    "en": {
        True: "Notification accepted by the recipient’s mail server, {host}; "
        "this is no proof that the recipient has read it.",
        False: "Notification accepted by the service’s own relay, {host}; the answer of the recipient’s server is not "
        "known, and this is no proof that the recipient has read it.",
        "reply": "The server’s answer: {text}",
        "message": "Message identifier: {text}",
    },
}
_CHALLENGES = {
    "fr": {
        Challenge.EMAIL: "La personne a suivi le lien individuel envoyé au destinataire et saisi l’adresse électronique "
        "à laquelle la lettre est adressée.",
        Challenge.NONE: "La personne a suivi le lien individuel envoyé au destinataire ; rien d’autre ne lui a été demandé.",
    },
    "en": {
        Challenge.EMAIL: "The person followed the individual link sent to the recipient and typed the e-mail address to "
        "which the letter is addressed.",
        Challenge.NONE: "The person followed the individual link sent to the recipient; nothing else was asked.",
    },
}
_CAUSES = {
    "fr": {
        Cause.NO_SUCH_MAILBOX: "L’adresse électronique du destinataire n’existe pas sur son serveur de messagerie.",
        Cause.NO_SUCH_DOMAIN: "Le domaine de l’adresse du destinataire n’existe pas ou ne reçoit pas de courriel.",
        Cause.MAILBOX_DISABLED: "La boîte aux lettres électronique du destinataire est désactivée.",
        Cause.MAILBOX_FULL: "La boîte aux lettres électronique du destinataire est pleine.",
        Cause.UNREACHABLE: "Le serveur de messagerie du destinataire est resté injoignable.",
        Cause.HOST_FAILURE: "Le serveur de messagerie du destinataire n’a pas pu recevoir la notification.",
    },
    "en": {
        Cause.NO_SUCH_MAILBOX: "The recipient’s e-mail address does not exist on its mail server.",
        Cause.NO_SUCH_DOMAIN: "The domain of the recipient’s address does not exist or receives no mail.",
        Cause.MAILBOX_DISABLED: "The recipient’s mailbox is disabled.",
        Cause.MAILBOX_FULL: "The recipient’s mailbox is full.",
        Cause.UNREACHABLE: "The recipient’s mail server remained unreachable.",
        Cause.HOST_FAILURE: "The recipient’s mail server could not receive the notification.",
    },
}
_CODES = {"fr": "Code {code} · Réponse : {diagnostic}", "en": "Code {code} · Answer: {diagnostic}"}
_OBSERVED = {
    "fr": {
        Observed.SYNCHRONOUS: "Réponse synchrone : le service l’a lue lui-même pendant l’envoi.",
        Observed.REPORT: "Avis de non-distribution reçu par courriel après l’envoi : élément déclaratif, plus faible "
        "qu’une réponse synchrone.",
    },
    "en": {
        Observed.SYNCHRONOUS: "Synchronous answer: the service read it itself while sending.",
        Observed.REPORT: "Delivery status notification received by mail after dispatch: a declaration, weaker than a "
        "synchronous answer.",
    },
}
_TIMES_PRESENTED = {
    "fr": "La lettre a été présentée {count} fois.",
    "en": "The letter was presented {count} times.",
}
LIMITS = {
    "fr": {
        ProofKind.DISPATCH: "l’identité de l’expéditeur et du destinataire, déclarée au dépôt ; la réception de la "
        "notification par le destinataire ; la lecture du courrier.",
        ProofKind.RECEIPT: "l’identité de la personne qui a consulté ; la lecture du courrier.",
        ProofKind.REFUSAL: "l’identité de la personne qui a refusé ; la connaissance du contenu.",
        ProofKind.NEGLECT: "l’identité du destinataire, déclarée au dépôt ; qu’il a eu connaissance de la notification.",
        ProofKind.NON_DELIVERY: "l’identité du destinataire, déclarée au dépôt ; qu’il a eu connaissance de l’envoi.",
    },
    "en": {
        ProofKind.DISPATCH: "the identity of the sender and of the recipient, declared at deposit; that the recipient "
        "received the notification; that the letter was read.",
        ProofKind.RECEIPT: "the identity of the person who opened the letter; that the letter was read.",
        ProofKind.REFUSAL: "the identity of the person who refused; any knowledge of the content.",
        ProofKind.NEGLECT: "the identity of the recipient, declared at deposit; that the recipient knew of the notification.",
        ProofKind.NON_DELIVERY: "the identity of the recipient, declared at deposit; that the recipient knew of the letter.",
    },
}
"""What each proof does not establish."""
STATUSES = {
    "fr": {"particulier": "particulier", "professionnel": "professionnel"},
    "en": {"particulier": "private person", "professionnel": "professional"},
}
WORDS = {
    "fr": {
        "subject": "d’une lettre suivie électronique",
        "service": "Lettre suivie électronique",
        "test": "SANS VALEUR — TEST",
        "number": "Numéro d’identification",
        "sender": "Expéditeur",
        "recipient": "Destinataire",
        "status": "Statut : ",
        "reference": "Référence",
        "dossier": "Réf. dossier",
        "attachments": "Pièces jointes",
        "none": "Cet envoi ne comporte aucune pièce jointe.",
        "file": "Nom",
        "size": "Taille",
        "verify": "Vérifier cette preuve",
        "where": "Avec le fichier PDF, sur la page ci-dessous ou hors ligne avec le logiciel libre lse-verify, sans compte. "
        "Le fichier scellé est l’original ; une impression est une copie.",
        "qr": "Code QR vers la page de vérification : ",
        "anchor": "Empreinte SHA-256 du certificat racine de l’émetteur",
        "embedded": "Fichiers joints à ce PDF : ",
        "log": "Journal : ",
        "limits": "Cette preuve n’établit pas : ",
        "article": "Texte de référence : ",
        "policy": "Politique : ",
        "zone": "Heures : heure légale ({zone}) et UTC.",
        "page": "page",
    },
    "en": {
        "subject": "of a tracked electronic letter",
        "service": "Lettre suivie électronique",
        "test": "SANS VALEUR — TEST · NO VALUE",
        "number": "Identification number",
        "sender": "Sender",
        "recipient": "Recipient",
        "status": "Status: ",
        "reference": "Reference",
        "dossier": "File reference",
        "attachments": "Attachments",
        "none": "This letter has no attachment.",
        "file": "Name",
        "size": "Size",
        "verify": "Verify this proof",
        "where": "With the PDF file, on the page below or offline with the free software lse-verify, without an account. "
        "The sealed file is the original; a print is a copy.",
        "qr": "QR code to the verification page: ",
        "anchor": "SHA-256 fingerprint of the issuer’s root certificate",
        "embedded": "Files attached to this PDF: ",
        "log": "Journal: ",
        "limits": "This proof does not establish: ",
        "article": "Reference text: ",
        "policy": "Policy: ",
        "zone": "Times: legal time ({zone}) and UTC.",
        "page": "page",
    },
}


@dataclass(frozen=True)
class Fact:
    """One line of the page."""

    label: str
    value: str
    notes: tuple[str, ...] = ()
    event: bool = False
    """True for what the proof certifies, False for what surrounds it."""


def facts(statement: Statement) -> list[Fact]:
    """Return what the statement says, in the order of the page: events, circumstances or cause, delays, earlier proofs."""
    found = [_event(statement, position) for position in range(len(statement.events))]
    found += _circumstances(statement)
    labels = _LABELS[statement.language]
    if statement.presented_at and (
        statement.kind is not ProofKind.DISPATCH or statement.presented_at != statement.time
    ):
        again = _TIMES_PRESENTED[statement.language].format(count=statement.presentation)
        notes = (again,) if statement.presentation > 1 else ()
        found.append(Fact(labels["presented"], _time(statement, statement.presented_at), notes))
    if statement.deadline:
        waiting = statement.kind in (ProofKind.DISPATCH, ProofKind.NON_DELIVERY)
        notes = (_DEADLINES[statement.language],) if waiting else ()
        found.append(Fact(labels["deadline"], _time(statement, statement.deadline, closing=True), notes))
    found += [
        Fact(labels["cited"], _time(statement, cited.time), (_cited(statement, cited),)) for cited in statement.cites
    ]
    return found


def ordinal(value: int, language: str) -> str:
    """Write a rank, feminine in French as a presentation is: ``1re``, ``2e``; ``1st``, ``2nd``, ``11th``."""
    if language == "fr":
        return "1re" if value == 1 else f"{value}e"
    ending = "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{ending}"


def _event(statement: Statement, position: int) -> Fact:
    event, language = statement.events[position], statement.language
    label = _LABELS[language][event.name].format(nth=ordinal(statement.presentation, language))
    note = _EVENT_NOTES[language].get(event.name)
    notes: tuple[str, ...] = (note,) if note else ()
    if event.name is EventName.NOTIFICATION_FOR_ACCEPTANCE:
        notes += _handover(statement)
    return Fact(label, _time(statement, event.time), notes, event=True)


def _handover(statement: Statement) -> tuple[str, ...]:
    if not statement.handover:
        return ()
    words, handover = _HANDOVERS[statement.language], statement.handover
    return (
        words[handover.direct].format(host=clip(handover.host, _HOST)),
        words["reply"].format(text=clip(handover.reply, _REPLY)),
        words["message"].format(text=clip(handover.message_id, _REPLY)),
    )


def _circumstances(statement: Statement) -> list[Fact]:
    labels = _LABELS[statement.language]
    found = []
    if statement.challenge:
        found.append(Fact(labels["circumstances"], _CHALLENGES[statement.language][statement.challenge]))
    if statement.failure:
        failure = statement.failure
        code = _CODES[statement.language].format(
            code=clip(failure.code, _CODE), diagnostic=clip(failure.diagnostic, _REPLY)
        )
        found.append(Fact(labels["cause"], _CAUSES[statement.language][failure.cause], (code,)))
        found.append(Fact(labels["observed"], _OBSERVED[statement.language][failure.observed]))
    return found


def _cited(statement: Statement, cited: Citation) -> str:
    head, _, commitment = cited.proof_id.partition("-")
    kind = ProofKind(head[:2])
    title = kind.title_fr if statement.language == "fr" else kind.title_en
    return f"{title}, {head}-{commitment[:8]}…"


def _time(statement: Statement, moment: datetime, *, closing: bool = False) -> str:
    return legal_time(moment, zone=statement.zone, place=statement.place, closing=closing)
