"""What a proof says: the facts of one legal event, and the machine-readable evidence that carries them.

A `Statement` is the one source of a proof: the page is drawn from it, the evidence file *is* it, and reading the evidence
back gives the same statement or fails. The evidence is a list of one object per event, shaped after EN 319 522-2 clause 8
and its JSON form (version, EvidenceIdentifier, ERDSEventId, EventTime, …); what the standard has no word for stands in one
extension, never critical. "Shaped after" and not "conforms to".
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import rfc8785

from verifier.journal import format_time, parse_time

NAMESPACE = "tag:lse.example,2026:"
ETSI_EVENT = "http://uri.etsi.org/19522/Event/"
LAYOUT = 1
"""Number of the page's drawing (template, words and fonts); raised when a proof would look different."""
EVIDENCE_VERSION = "EN319522v1.1.1"
SHA256_URI = "http://www.w3.org/2001/04/xmlenc#sha256"
PROOF_ID = re.compile(r"(?P<kind>EV|AR|RF|NG|BC)(?P<number>[1-9][0-9]{0,17})-(?P<commitment>[0-9a-f]{64})\Z")


class StatementMalformed(ValueError):
    """The evidence is not a statement of a known version."""


class ProofKind(StrEnum):
    """The five proofs of a letter (operator's guide, part 7)."""

    DISPATCH = "EV"
    RECEIPT = "AR"
    REFUSAL = "RF"
    NEGLECT = "NG"
    NON_DELIVERY = "BC"

    @property
    def title_fr(self) -> str:
        """French title, as on the page."""
        return _TITLES[self][0]

    @property
    def title_en(self) -> str:
        return _TITLES[self][1]


_TITLES = {
    ProofKind.DISPATCH: ("Preuve de dépôt et d’envoi", "Proof of deposit and dispatch"),
    ProofKind.RECEIPT: ("Preuve de réception", "Proof of receipt"),
    ProofKind.REFUSAL: ("Preuve de refus", "Proof of refusal"),
    ProofKind.NEGLECT: ("Preuve de non-réclamation", "Proof of non-collection"),
    ProofKind.NON_DELIVERY: ("Preuve de non-distribution", "Proof of non-delivery"),
}


class EventName(StrEnum):
    """Names of EN 319 522-1 events, written as URIs under `ETSI_EVENT`."""

    SUBMISSION_ACCEPTANCE = "SubmissionAcceptance"
    NOTIFICATION_FOR_ACCEPTANCE = "NotificationForAcceptance"
    NOTIFICATION_FOR_ACCEPTANCE_FAILURE = "NotificationForAcceptanceFailure"
    CONSIGNMENT_ACCEPTANCE = "ConsignmentAcceptance"
    CONTENT_HANDOVER = "ContentHandover"
    CONSIGNMENT_REJECTION = "ConsignmentRejection"
    ACCEPTANCE_REJECTION_EXPIRY = "AcceptanceRejectionExpiry"

    @property
    def uri(self) -> str:
        return ETSI_EVENT + self.value


EVENTS: dict[ProofKind, tuple[EventName, ...]] = {
    ProofKind.DISPATCH: (EventName.SUBMISSION_ACCEPTANCE, EventName.NOTIFICATION_FOR_ACCEPTANCE),
    ProofKind.RECEIPT: (EventName.CONSIGNMENT_ACCEPTANCE, EventName.CONTENT_HANDOVER),
    ProofKind.REFUSAL: (EventName.CONSIGNMENT_REJECTION,),
    ProofKind.NEGLECT: (EventName.ACCEPTANCE_REJECTION_EXPIRY,),
    ProofKind.NON_DELIVERY: (EventName.NOTIFICATION_FOR_ACCEPTANCE_FAILURE,),
}
"""Which events each kind of proof certifies, in order; a proof with others is malformed."""


class Cause(StrEnum):
    """Why a letter could not be delivered, always a fact of the recipient's side."""

    NO_SUCH_MAILBOX = "no-such-mailbox"
    NO_SUCH_DOMAIN = "no-such-domain"
    MAILBOX_DISABLED = "mailbox-disabled"
    MAILBOX_FULL = "mailbox-full"
    UNREACHABLE = "unreachable"
    HOST_FAILURE = "host-failure"


REASONS: dict[Cause | ProofKind, tuple[str, str | None]] = {
    ProofKind.REFUSAL: ("refused", "R_ERDS_MessageRejectedByRecipient"),
    ProofKind.NEGLECT: ("not-collected", "R_ERDS_MessageNotAcceptedByRecipient"),
    Cause.NO_SUCH_MAILBOX: ("no-such-mailbox", "UnknownRecipient"),
    Cause.NO_SUCH_DOMAIN: ("no-such-domain", "UnknownRecipient"),
    Cause.MAILBOX_DISABLED: ("mailbox-disabled", None),
    Cause.MAILBOX_FULL: ("mailbox-full", "MessageNotConsignedForQuota"),
    Cause.UNREACHABLE: ("unreachable", "R_ERDS_Unreachable"),
    Cause.HOST_FAILURE: ("host-failure", "MessageNotConsignedForMalfunction"),
}
"""Reason code of our namespace, with the name EN 319 522-2 clause 8.3.3 gives it where one is known."""


class Observed(StrEnum):
    """How a non-delivery was learnt; the second is weaker, because a recipient could write one."""

    SYNCHRONOUS = "synchronous"
    REPORT = "delivery-status-report"


class Challenge(StrEnum):
    """What the person who acted had to show besides the individual link."""

    EMAIL = "email"
    """Typed the address to which the letter was sent."""
    NONE = "none"


@dataclass(frozen=True)
class Party:
    """A sender or a recipient, as declared at deposit; nobody's identity was checked."""

    name: str
    email: str
    address: tuple[str, ...] = ()
    """Postal lines, empty for a recipient."""
    status: str = "particulier"
    """``particulier`` or ``professionnel``."""


@dataclass(frozen=True)
class AttachmentDigest:
    name: str
    size: int
    """Bytes."""
    media_type: str
    sha256: str


@dataclass(frozen=True)
class Event:
    name: EventName
    time: datetime
    """Aware UTC, whole seconds."""


@dataclass(frozen=True)
class Handover:
    """The mail server's answer on which a dispatch rests."""

    host: str
    direct: bool
    """True: the server of the recipient's domain; False: the service's own relay."""
    reply: str
    """Code and text, one line: ``250 2.0.0 queued as 4F2A``."""
    message_id: str


@dataclass(frozen=True)
class Failure:
    """Why and how it was learnt that a letter cannot be delivered."""

    cause: Cause
    code: str
    """Enhanced status code (RFC 3463), or the three digits of the reply where there is none."""
    diagnostic: str
    """What the other server wrote, one line."""
    observed: Observed


@dataclass(frozen=True)
class Citation:
    """An earlier proof of the same letter."""

    proof_id: str
    time: datetime


@dataclass(frozen=True)
class Issuer:
    """Who seals, and where the proof can be checked."""

    name: str
    mention: str
    """Registration line printed at the foot, may be empty."""
    article: str
    """The text the operator places the service under; a setting, never a conclusion of law."""
    policy: str
    """URI of the operator's published policy."""
    verify_url: str
    anchor_sha256: str
    """SHA-256 of the trust anchor's DER certificate."""
    log_origin: str


@dataclass(frozen=True)
class Statement:
    """All that one proof states."""

    kind: ProofKind
    number: int
    """The letter's number, shared by all its proofs."""
    commitment: str
    """The letter's commitment, shared by all its proofs (`verifier.manifest`)."""
    reference: str
    presentation: int
    """1, or more where the operator's fault made a new dispatch necessary."""
    events: tuple[Event, ...]
    sender: Party
    recipient: Party
    attachments: tuple[AttachmentDigest, ...]
    presented_at: datetime | None
    """First presentation to the recipient; None on a BC without dispatch."""
    deadline: datetime | None
    zone: str
    """IANA name of the legal time."""
    place: str
    """How the page names that time: ``Nouméa``."""
    issuer: Issuer
    challenge: Challenge | None = None
    """On AR and RF."""
    handover: Handover | None = None
    """On EV."""
    failure: Failure | None = None
    """On BC."""
    cites: tuple[Citation, ...] = ()
    dossier: str = ""
    """The sender's own reference."""
    language: str = "fr"
    test: bool = False
    """True on an instance without value: the page says SANS VALEUR — TEST."""
    layout: int = LAYOUT
    """Which drawing of the page this proof has, so that an old proof is never compared with a newer drawing."""

    def __post_init__(self) -> None:
        if tuple(event.name for event in self.events) != EVENTS[self.kind]:
            raise StatementMalformed(f"events of {self.kind}: got {[event.name.value for event in self.events]}")
        if not PROOF_ID.match(self.proof_id):
            raise StatementMalformed(f"proof id: got {self.proof_id!r}")
        if self.language not in ("fr", "en"):
            raise StatementMalformed(f"language: got {self.language!r}, expected fr or en")
        needed = {
            ProofKind.DISPATCH: self.handover and self.deadline and self.presented_at,
            ProofKind.RECEIPT: self.challenge and self.deadline and self.presented_at,
            ProofKind.REFUSAL: self.challenge and self.deadline and self.presented_at,
            ProofKind.NEGLECT: self.deadline and self.presented_at,
            ProofKind.NON_DELIVERY: self.failure,
        }
        if not needed[self.kind]:
            raise StatementMalformed(f"{self.kind}: a fact that this proof must state is missing")

    @property
    def proof_id(self) -> str:
        """``EV601612-<64 hexadecimal digits>``."""
        return f"{self.kind.value}{self.number}-{self.commitment}"

    @property
    def time(self) -> datetime:
        """When the last event of the proof happened."""
        return self.events[-1].time

    def to_evidence(self) -> bytes:
        """Return the evidence file: canonical JSON (RFC 8785), a list of one object per event."""
        return rfc8785.dumps([_evidence(self, position) for position in range(len(self.events))])

    @property
    def evidence_sha256(self) -> str:
        return hashlib.sha256(self.to_evidence()).hexdigest()

    @classmethod
    def from_evidence(cls, raw: bytes) -> Statement:
        """Read an evidence file; raise `StatementMalformed` unless it is exactly what `to_evidence` writes.

        Exactness leaves no room for a field that the machine would keep and the page would not show.
        """
        try:
            statement = _statement(json.loads(raw))
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as fault:
            raise StatementMalformed(f"not an evidence file of this version: {fault}") from fault
        try:
            rewritten = statement.to_evidence()
        except (ValueError, TypeError, AttributeError) as fault:
            raise StatementMalformed(f"evidence: {fault}") from fault
        if rewritten != raw:
            raise StatementMalformed("the evidence holds more, or other, than its statement")
        return statement


def _evidence(statement: Statement, position: int) -> dict[str, Any]:
    event = statement.events[position]
    issuer = statement.issuer
    evidence: dict[str, Any] = {
        "version": EVIDENCE_VERSION,
        "EvidenceIdentifier": f"{statement.proof_id}/{statement.presentation}/{position + 1}",
        "ERDSEventId": event.name.uri,
        "EventTime": format_time(event.time),
        "EvidenceIssuerDetails": {
            "Name": issuer.name,
            "Mention": issuer.mention,
            "VerificationPage": issuer.verify_url,
            "TrustAnchorSHA256": issuer.anchor_sha256,
        },
        "EvidenceIssuerPolicyID": {"PolicyID": [issuer.policy]},
        "SenderDetails": _party(statement.sender),
        "RecipientDetails": [_recipient(statement, event)],
        "EvidenceRefersToRecipient": 1,
        "MessageIdentifier": statement.reference,
        "UserContentInfo": {
            "PartsInfo": [
                {
                    "Identifier": "manifest",
                    "ContentType": "application/json",
                    "DigestMethod": {"Algorithm": SHA256_URI},
                    "DigestValue": statement.commitment,
                },
                *(
                    {
                        "Identifier": piece.name,
                        "ContentType": piece.media_type,
                        "Size": piece.size,
                        "DigestMethod": {"Algorithm": SHA256_URI},
                        "DigestValue": piece.sha256,
                    }
                    for piece in statement.attachments
                ),
            ]
        },
        "TransactionLogInformation": {"TransactionLog": [{"Origin": issuer.log_origin}]},
        "Extensions": [{"isCritical": False, "Id": NAMESPACE + "statement/1", "Content": _content(statement)}],
    }
    reason = REASONS.get(statement.failure.cause if statement.failure else statement.kind)
    if reason is not None:
        code, name = reason
        details = ([name] if name else []) + ([statement.failure.code] if statement.failure else [])
        evidence["EventReasons"] = {"EventReason": [{"Code": f"{NAMESPACE}reason/{code}", "Details": details}]}
    return evidence


def _content(statement: Statement) -> dict[str, Any]:
    content: dict[str, Any] = {
        "Kind": statement.kind.value,
        "Number": statement.number,
        "Presentation": statement.presentation,
        "PresentedAt": _time_or_none(statement.presented_at),
        "Deadline": _time_or_none(statement.deadline),
        "LegalZone": statement.zone,
        "LegalPlace": statement.place,
        "Article": statement.issuer.article,
        "Dossier": statement.dossier,
        "Language": statement.language,
        "Layout": statement.layout,
        "Test": statement.test,
        "Challenge": statement.challenge.value if statement.challenge else None,
        "Cites": [{"ProofId": cited.proof_id, "Time": format_time(cited.time)} for cited in statement.cites],
    }
    if statement.handover:
        handover = statement.handover
        content["Handover"] = {
            "Host": handover.host,
            "Direct": handover.direct,
            "Reply": handover.reply,
            "MessageId": handover.message_id,
        }
    if statement.failure:
        failure = statement.failure
        content["Failure"] = {
            "Cause": failure.cause.value,
            "Code": failure.code,
            "Diagnostic": failure.diagnostic,
            "Observed": failure.observed.value,
        }
    return content


def _party(party: Party) -> dict[str, Any]:
    return {
        "Identifier": party.email,
        "Attributes": {"Name": party.name, "PostalAddress": list(party.address), "Status": party.status},
    }


def _recipient(statement: Statement, event: Event) -> dict[str, Any]:
    details = _party(statement.recipient)
    if statement.challenge:
        details["AuthenticationDetails"] = {
            "AuthenticationTime": format_time(event.time),
            "AuthenticationMethod": f"{NAMESPACE}challenge/link+{statement.challenge.value}",
        }
    return details


def _statement(evidences: list[dict[str, Any]]) -> Statement:
    first = evidences[0]
    content = first["Extensions"][0]["Content"]
    details = first["EvidenceIssuerDetails"]
    manifest, *pieces = first["UserContentInfo"]["PartsInfo"]
    handover, failure = content.get("Handover"), content.get("Failure")
    return Statement(
        kind=ProofKind(content["Kind"]),
        number=content["Number"],
        commitment=manifest["DigestValue"],
        reference=first["MessageIdentifier"],
        presentation=content["Presentation"],
        events=tuple(
            Event(EventName(one["ERDSEventId"].removeprefix(ETSI_EVENT)), parse_time(one["EventTime"]))
            for one in evidences
        ),
        sender=_party_from(first["SenderDetails"]),
        recipient=_party_from(first["RecipientDetails"][0]),
        attachments=tuple(
            AttachmentDigest(one["Identifier"], one["Size"], one["ContentType"], one["DigestValue"]) for one in pieces
        ),
        presented_at=_time_from(content["PresentedAt"]),
        deadline=_time_from(content["Deadline"]),
        zone=content["LegalZone"],
        place=content["LegalPlace"],
        issuer=Issuer(
            name=details["Name"],
            mention=details["Mention"],
            article=content["Article"],
            policy=first["EvidenceIssuerPolicyID"]["PolicyID"][0],
            verify_url=details["VerificationPage"],
            anchor_sha256=details["TrustAnchorSHA256"],
            log_origin=first["TransactionLogInformation"]["TransactionLog"][0]["Origin"],
        ),
        challenge=Challenge(content["Challenge"]) if content["Challenge"] is not None else None,
        handover=Handover(handover["Host"], handover["Direct"], handover["Reply"], handover["MessageId"])
        if handover
        else None,
        failure=Failure(Cause(failure["Cause"]), failure["Code"], failure["Diagnostic"], Observed(failure["Observed"]))
        if failure
        else None,
        cites=tuple(Citation(one["ProofId"], parse_time(one["Time"])) for one in content["Cites"]),
        dossier=content["Dossier"],
        language=content["Language"],
        test=content["Test"],
        layout=content["Layout"],
    )


def _party_from(data: dict[str, Any]) -> Party:
    attributes = data["Attributes"]
    return Party(attributes["Name"], data["Identifier"], tuple(attributes["PostalAddress"]), attributes["Status"])


def _time_or_none(moment: datetime | None) -> str | None:
    return format_time(moment) if moment else None


def _time_from(text: str | None) -> datetime | None:
    return parse_time(text) if text is not None else None
