"""The verdict on a file: three values with sub-indications, one named check per line, and no truth value.

The values are ETSI EN 319 102-1's main indications. ILLISIBLE stands beside them: the file could not be read within its
limits, so no judgement was made. ``if report:`` raises, because a three-valued answer has no truth value.
"""

from __future__ import annotations

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
            "file": {"name": self.file_name, "size": self.file_size, "sha256": self.file_sha256},
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
            file_sha256=data["file"]["sha256"],
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


def _signature(signature: SignatureReport) -> dict[str, Any]:
    signer = signature.signer
    return {
        **{name: value for name, value in asdict(signature).items() if name not in ("signer", "checks", "best_time")},
        "best_time": _time(signature.best_time),
        "signer": signer
        and {
            **asdict(signer),
            "not_before": format_time(signer.not_before),
            "not_after": format_time(signer.not_after),
        },
        "checks": [_check(check) for check in signature.checks],
    }


def _signature_from(data: dict[str, Any]) -> SignatureReport:
    signer = data["signer"]
    return SignatureReport(
        **{
            **data,
            "best_time": _parse(data["best_time"]),
            "checks": tuple(_check_from(check) for check in data["checks"]),
            "signer": signer
            and Signer(
                **{
                    **signer,
                    "not_before": _parse(signer["not_before"]),
                    "not_after": _parse(signer["not_after"]),
                }
            ),
        }
    )
