"""What has been found so far about one file, and the report that it makes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from verifier import __version__, signature
from verifier.embedded import EmbeddedFile
from verifier.fetched import Fetched
from verifier.report import Check, Outcome, Report, SignatureReport, Verdict
from verifier.sentences import check, clause
from verifier.statement import Statement

TOOL = f"lse-verify {__version__}"


@dataclass
class Case:
    """What has been found so far about one file."""

    raw: bytes
    name: str
    now: datetime
    checks: list[Check] = field(default_factory=list)
    signatures: list[SignatureReport] = field(default_factory=list)
    files: tuple[EmbeddedFile, ...] = ()
    statement: Statement | None = None
    trust: signature.Trust | None = None
    log: tuple[int | None, int | None] = (None, None)
    fetched: Fetched = field(default_factory=Fetched)
    """Revocation data that the caller brings, for signatures that do not carry their own."""

    def note(self, code: str, passed: bool, detail: str = "") -> bool:
        """Add the line of a rule that passed or failed; return which."""
        self.checks.append(check(code, Outcome.PASSED if passed else Outcome.FAILED, detail))
        return passed

    def report(self, verdict: Verdict, sub_indication: str, fr: str, en: str) -> Report:
        return Report(
            verdict=verdict,
            sub_indication=sub_indication,
            reason_fr=fr,
            reason_en=en,
            file_name=self.name,
            file_size=len(self.raw),
            file_sha256=hashlib.sha256(self.raw).hexdigest(),
            checked_at=self.now,
            tool=TOOL,
            checks=tuple(self.checks),
            signatures=tuple(self.signatures),
            statement=self.statement,
            proven_at=self.trust.best_time if self.trust else None,
            anchor_sha256=self.trust.anchor if self.trust else None,
            log_index=self.log[0],
            log_size=self.log[1],
            attachments=tuple((one.name, len(one.content), one.sha256) for one in self.files),
        )

    def end(self, verdict: Verdict, sub_indication: str, code: str, detail: str = "") -> Report:
        """Stop at a rule that leaves nothing more to judge."""
        outcome = Outcome.FAILED if verdict is Verdict.INVALID else Outcome.UNKNOWN
        self.checks.append(check(code, outcome, detail))
        return self.report(verdict, sub_indication, *clause(code, outcome))
