"""One file as the command line judges it: read without waiting, judged within limits that fit its size."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING

from verifier import __version__, sandbox
from verifier.beside import Beside
from verifier.confine import Limits
from verifier.reading import Given, read
from verifier.report import Check, Outcome, Report, Verdict
from verifier.usage import REASONS

if TYPE_CHECKING:
    from verifier.warm import WarmSandbox

LARGEST = Limits(file=100 * 1024 * 1024, memory=1280 * 1024 * 1024, cpu=60, wall=90)
"""What a file may cost that is larger than a service takes: a child holds it some six times over while it judges."""
_ONLINE = (
    "Les données de révocation que nomment les certificats ont été cherchées sur le réseau, à votre demande.",
    "The revocation data that the certificates name were looked up on the network, because you asked.",
)


@dataclass(frozen=True)
class Asked:
    """What the command line asks of every file."""

    beside: Beside = field(default_factory=Beside)
    policy: str | None = None
    online: bool = False
    identify: bool = False
    whole_path: bool = False
    """Whether reports name a file by its path, and not by its last part."""

    def judge(self, path: str, warm: WarmSandbox | None = None) -> Report:
        """Return the report on one file, in a child of its own or a warm one; raise `StoreRefused`."""
        now = datetime.now(UTC)  # noqa: TID251 # the command is where the clock is read
        name = os.fsencode(path if self.whole_path else PurePath(path).name or path).decode("utf-8", "replace")
        given = read(path, most=LARGEST.file)
        if given.fault:
            return not_judged(given, name, now)
        usual = given.size <= Limits().file
        beside, fetched = self._fetched(given.raw, usual)
        if warm is not None and usual:
            report = warm.judge(
                given.raw, anchors=(), now=now, name=name, policy=self.policy, identify=self.identify, beside=beside
            )
        else:
            report = sandbox.judge(
                given.raw,
                anchors=(),
                now=now,
                name=name,
                policy=self.policy,
                limits=Limits() if usual else LARGEST,
                # elsewhere than on Linux the child has its limits, and no filter on system calls
                demand_confinement=sys.platform == "linux",
                identify=self.identify,
                beside=beside,
                probe=False,
            )
        return report if fetched is None else replace(report, checks=(*report.checks, fetched))

    def _fetched(self, raw: bytes, usual: bool) -> tuple[Beside, Check | None]:
        """Return what lies beside the file, with the revocation data that its certificates name where that is asked."""
        if not self.online or sandbox.MAGIC not in raw[:1024]:
            return self.beside, None
        from verifier.online import revocation

        found = revocation(raw, Limits() if usual else LARGEST)
        line = Check("online", Outcome.SKIPPED, *_ONLINE, "; ".join(found.told) or "no address")
        return replace(self.beside, revocation=found.data), line


def not_judged(given: Given, name: str, now: datetime) -> Report:
    """Return the report on a file that could not be read."""
    fr, en = REASONS[given.fault]
    return Report(
        verdict=Verdict.UNREADABLE,
        sub_indication="",
        reason_fr=fr,
        reason_en=en,
        file_name=name,
        file_size=given.size,
        file_sha256=given.sha256,
        checked_at=now,
        tool=f"lse-verify {__version__}",
        checks=(Check(given.fault, Outcome.FAILED, _capital(fr), _capital(en), given.detail),),
    )


def _capital(clause: str) -> str:
    return clause[0].upper() + clause[1:] + "."
