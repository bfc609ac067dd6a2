"""The verdict on a file: three values with sub-indications, one named check per line, and no truth value.

The values are ETSI EN 319 102-1's main indications. ILLISIBLE stands beside them: the file could not be read within its
limits, so no judgement was made. ``if report:`` raises, because a three-valued answer has no truth value.
"""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NoReturn

from verifier.journal import format_time, parse_time
from verifier.statement import Statement


class Verdict(StrEnum):
    VALID = "VALID"
    INVALID = "INVALID"
    INDETERMINATE = "INDETERMINATE"
    UNREADABLE = "unreadable"

    @property
    def exit_code(self) -> int:
        """0 valid, 1 invalid, 2 indeterminate, 3 unreadable."""
        return {"VALID": 0, "INVALID": 1, "INDETERMINATE": 2, "unreadable": 3}[self.value]

    @property
    def indication(self) -> str | None:
        """Main indication of EN 319 102-1, None where no judgement was made."""
        return {"VALID": "TOTAL-PASSED", "INVALID": "TOTAL-FAILED", "INDETERMINATE": "INDETERMINATE"}.get(self.value)


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Check:
    """One line of the report."""

    code: str
    """Stable name of the rule, such as ``byte-range-gap``."""
    outcome: Outcome
    fr: str
    """One French sentence, for a lawyer."""
    en: str
    detail: str = ""
    """Technical particulars, untranslated."""


@dataclass(frozen=True)
class Signer:
    """The certificate behind the seal."""

    subject: str
    issuer: str
    serial: str
    """Hexadecimal."""
    sha256: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True)
class SignatureIdentity:
    """What tells one signature from all others, and what it was made over (ETSI TS 119 102-2, 4.3.2 and 4.3.5)."""

    value: bytes
    """The signature value."""
    dtbsr_sha256: str
    """SHA-256 of the data to be signed: the DER of the signed attributes as a SET OF (RFC 5652, 5.4)."""
    document_sha256: str
    """SHA-256 of the bytes that the signature covers."""
    time_stamp_sha256: str | None
    """SHA-256 of the RFC 3161 token: the signature's own time stamp, or the document time stamp itself."""


@dataclass(frozen=True)
class Change:
    """One thing that was done to the file after a signature (`verifier.findings`)."""

    kind: str
    """Stable name, such as ``form-value`` or ``page-content``."""
    weight: str
    """``benign``, ``content`` or ``unknown``."""
    permitted: bool | None
    """Whether the signer allowed it; None where that could not be judged."""
    where: str
    """``page 3``, ``field total``, ``catalog /OpenAction``."""
    before: str
    """What was signed, at most 200 characters; empty where there was nothing."""
    after: str
    page: int | None
    """Number of the page that looks different, from 1."""
    field: str
    """Fully qualified name of the form field concerned, or empty."""
    fr: str
    """One French sentence, for a lawyer."""
    en: str


@dataclass(frozen=True)
class SignatureReport:
    """What was found about one signature or timestamp of the file."""

    field: str
    kind: str
    """``signature`` or ``timestamp``."""
    intact: bool | None
    """Do the signed bytes match the signature; None where that could not be judged."""
    level: str
    """``PAdES-BASELINE-LTA`` and so on, ``unknown`` where it was not determined."""
    changes: str
    """``none``, ``benign``, ``content`` or ``unknown``: what came after this signature."""
    indication: str
    sub_indication: str
    signer: Signer | None
    best_time: datetime | None
    """Earliest proven time of existence, from a timestamp."""
    trusted: bool | None
    """Does the chain end at an anchor that the caller trusts; None where that could not be judged."""
    checks: tuple[Check, ...] = ()
    declared_time: datetime | None = None
    """What the signer wrote (/M, or signing-time), proved by nobody."""
    stamped_by: Signer | None = None
    """The authority of the time stamp that proves `best_time`."""
    whole_file: bool | None = None
    """Whether the signature covers the file to its end, but for its own value; None where that could not be judged."""
    chain: tuple[Signer, ...] = ()
    """Certificates from the signer's to the anchor, where one was reached."""
    qualified: str = ""
    """What an EU trusted list says of the certificate at the time of signing, empty where no list was given."""
    found: tuple[Change, ...] = ()
    """What was done after it, one by one."""
    permitted: bool | None = None
    """Whether the signer allowed all of it; None where that could not be judged."""
    identity: SignatureIdentity | None = None
    """Read only where it is asked for (`verifier.identity`)."""


@dataclass(frozen=True)
class Report:
    """The answer to "what is this file worth?"."""

    verdict: Verdict
    sub_indication: str
    """Sub-indication of EN 319 102-1 (``HASH_FAILURE``, ``NO_CERTIFICATE_CHAIN_FOUND`` …), or empty."""
    reason_fr: str
    """One clause that says why, in French; empty when valid."""
    reason_en: str
    file_name: str
    file_size: int
    file_sha256: str
    """Empty where the file could not be opened."""
    checked_at: datetime
    """Aware UTC."""
    tool: str
    """Name and version of what judged."""
    checks: tuple[Check, ...] = ()
    signatures: tuple[SignatureReport, ...] = ()
    statement: Statement | None = None
    """What the proof says, if the file is one of ours and its evidence could be read."""
    proven_at: datetime | None = None
    """Time proved by the seal's timestamp."""
    anchor_sha256: str | None = None
    """The trust anchor that was used, if one was reached."""
    log_index: int | None = None
    log_size: int | None = None
    attachments: tuple[tuple[str, int, str], ...] = field(default=())
    """Files embedded in the PDF: name, size, SHA-256."""

    def __bool__(self) -> NoReturn:
        raise TypeError("a report has three answers and no truth value: compare report.verdict")

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready data; times as RFC 3339 UTC."""
        return {
            "verdict": self.verdict.value,
            "indication": self.verdict.indication,
            "sub_indication": self.sub_indication,
            "reason": {"fr": self.reason_fr, "en": self.reason_en},
            "file": {"name": self.file_name, "size": self.file_size, "sha256": self.file_sha256 or None},
            "checked_at": format_time(self.checked_at),
            "tool": self.tool,
            "proven_at": _time(self.proven_at),
            "anchor_sha256": self.anchor_sha256,
            "log": None if self.log_index is None else {"index": self.log_index, "size": self.log_size},
            "checks": [_check(check) for check in self.checks],
            "signatures": [_signature(signature) for signature in self.signatures],
            "attachments": [{"name": name, "size": size, "sha256": sha256} for name, size, sha256 in self.attachments],
            "evidence": None if self.statement is None else self.statement.to_evidence().decode(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Report:
        """Rebuild the report that another process wrote with `to_dict`."""
        return cls(
            verdict=Verdict(data["verdict"]),
            sub_indication=data["sub_indication"],
            reason_fr=data["reason"]["fr"],
            reason_en=data["reason"]["en"],
            file_name=data["file"]["name"],
            file_size=data["file"]["size"],
            file_sha256=data["file"]["sha256"] or "",
            checked_at=_parse(data["checked_at"]) or _absent("checked_at"),
            tool=data["tool"],
            checks=tuple(_check_from(check) for check in data["checks"]),
            signatures=tuple(_signature_from(signature) for signature in data["signatures"]),
            statement=None if data["evidence"] is None else Statement.from_evidence(data["evidence"].encode()),
            proven_at=_parse(data["proven_at"]),
            anchor_sha256=data["anchor_sha256"],
            log_index=data["log"] and data["log"]["index"],
            log_size=data["log"] and data["log"]["size"],
            attachments=tuple((one["name"], one["size"], one["sha256"]) for one in data["attachments"]),
        )


def _absent(name: str) -> NoReturn:
    raise ValueError(f"report: {name} is missing")


def _time(moment: datetime | None) -> str | None:
    return format_time(moment) if moment else None


def _parse(text: str | None) -> datetime | None:
    return parse_time(text) if text else None


def _check(check: Check) -> dict[str, Any]:
    return {
        "code": check.code,
        "outcome": check.outcome.value,
        "text": {"fr": check.fr, "en": check.en},
        "detail": check.detail,
    }


def _check_from(data: dict[str, Any]) -> Check:
    return Check(data["code"], Outcome(data["outcome"]), data["text"]["fr"], data["text"]["en"], data["detail"])


def _signer(signer: Signer | None) -> dict[str, Any] | None:
    if signer is None:
        return None
    return {
        **asdict(signer),
        "not_before": format_time(signer.not_before),
        "not_after": format_time(signer.not_after),
    }


def _signer_from(data: dict[str, Any] | None) -> Signer | None:
    if data is None:
        return None
    return Signer(**{**data, "not_before": _parse(data["not_before"]), "not_after": _parse(data["not_after"])})


def _change(change: Change) -> dict[str, Any]:
    plain = {name: value for name, value in asdict(change).items() if name not in ("fr", "en")}
    return {**plain, "text": {"fr": change.fr, "en": change.en}}


def _change_from(data: dict[str, Any]) -> Change:
    plain = {name: value for name, value in data.items() if name != "text"}
    return Change(**plain, fr=data["text"]["fr"], en=data["text"]["en"])


def _signature(signature: SignatureReport) -> dict[str, Any]:
    identity = signature.identity
    return {
        **vars(signature),
        "best_time": _time(signature.best_time),
        "declared_time": _time(signature.declared_time),
        "signer": _signer(signature.signer),
        "stamped_by": _signer(signature.stamped_by),
        "chain": [_signer(one) for one in signature.chain],
        "found": [_change(one) for one in signature.found],
        "checks": [_check(check) for check in signature.checks],
        "identity": identity and {**asdict(identity), "value": base64.b64encode(identity.value).decode()},
    }


def _signature_from(data: dict[str, Any]) -> SignatureReport:
    identity = data["identity"]
    return SignatureReport(
        **{
            **data,
            "best_time": _parse(data["best_time"]),
            "declared_time": _parse(data["declared_time"]),
            "signer": _signer_from(data["signer"]),
            "stamped_by": _signer_from(data["stamped_by"]),
            "chain": tuple(_signer_from(one) for one in data["chain"]),
            "found": tuple(_change_from(one) for one in data["found"]),
            "checks": tuple(_check_from(check) for check in data["checks"]),
            "identity": identity and SignatureIdentity(**{**identity, "value": base64.b64decode(identity["value"])}),
        }
    )
