"""Judge hostile files in a child process that has little memory, little time and no network.

A child that dies, is killed, says too much or takes too long is an answer, `Verdict.UNREADABLE` with the limit that ended it,
and never an exception. Two children at most run at once in this process; others wait their turn.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from verifier import __version__, brought
from verifier.beside import Beside, StoreRefused
from verifier.confine import Limits
from verifier.confined import ENVIRONMENT, STARTUP, UNCONFINED, Ended, command, confinement, ending, exchange
from verifier.journal import format_time
from verifier.report import Outcome, Report, Verdict
from verifier.sentences import check, clause

__all__ = [
    "CONCURRENT",
    "ENVIRONMENT",
    "Ended",
    "Limits",
    "command",
    "confinement",
    "ending",
    "exchange",
    "judge",
    "manifest_in",
]

CONCURRENT = 2
MAGIC = b"%PDF-"
turns = threading.BoundedSemaphore(CONCURRENT)


@dataclass(frozen=True)
class Picture:
    """One page in its two states, as PNG; None where a state does not have it (`verifier.pictures`)."""

    page: int
    before: bytes | None
    after: bytes | None
    boxes: int


@dataclass(frozen=True)
class Pictures:
    """The pages that differ since a signature, and how many more there are."""

    shown: tuple[Picture, ...] = ()
    more: int = 0


def judge(
    raw: bytes,
    *,
    anchors: Sequence[bytes],
    now: datetime,
    name: str,
    policy: str | None = None,
    limits: Limits | None = None,
    demand_confinement: bool = True,
    identify: bool = False,
    beside: Beside | None = None,
    probe: bool = True,
) -> Report:
    """Return the report of `verifier.check.check`, made in a confined child; arguments as there.

    `identify` adds the identity of each signature (`verifier.identity`). `beside` adds named stores, trusted lists and
    revocation data; a store that cannot be used raises `StoreRefused`. Without `probe` bubblewrap is taken to work where it
    is installed, which saves a start of Python and is looked into only when the child dies.
    Where the system offers no way to keep a child from the network, nothing is judged, unless `demand_confinement` is False:
    the child then still has its limits, and code that fetches nothing.
    """
    limits = limits or Limits()
    early = refusal(raw, now=now, name=name, limits=limits)
    if early is not None:
        return early
    asked = request(raw, anchors=anchors, now=now, name=name, policy=policy, identify=identify, beside=beside)
    try:
        return Report.from_dict(ask(asked, limits, demand_confinement=demand_confinement, probe=probe))
    except StoreRefused:
        raise
    except (Ended, OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        return unreadable(raw, now=now, name=name, code="limits", detail=str(fault))


def manifest_in(raw: bytes, *, limits: Limits | None = None, demand_confinement: bool = True) -> bytes | None:
    """Return the manifest that a letter's PDF carries, read in a confined child; None where there is none.

    A file that no child can read within its limits raises `Ended`.
    """
    limits = limits or Limits()
    if len(raw) > limits.file or MAGIC not in raw[:1024]:
        return None
    try:
        answer = ask(b'{"want":"manifest"}\n' + raw, limits, demand_confinement=demand_confinement)
        return None if answer["manifest"] is None else base64.b64decode(answer["manifest"])
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise Ended(str(fault)) from fault


def pictures_of(raw: bytes, *, field: str, pages: Sequence[int] = (), limits: Limits | None = None) -> Pictures:
    """Return the pages that differ since the signature in `field`, drawn in a confined child; none where it dies."""
    limits = limits or Limits()
    try:
        return read_pictures(ask(pictures_request(raw, field, pages), for_pictures(limits)))
    except (Ended, OSError, ValueError, KeyError, TypeError):
        return Pictures()


def pictures_request(raw: bytes, field: str, pages: Sequence[int]) -> bytes:
    """Return what a child reads that draws."""
    return json.dumps({"want": "pictures", "field": field, "pages": list(pages)}).encode() + b"\n" + raw


def for_pictures(limits: Limits) -> Limits:
    """Return limits that let a child answer with pictures."""
    return replace(limits, answer=limits.pictures)


def read_pictures(answer: dict[str, Any]) -> Pictures:
    """Return the pictures of a child's answer."""

    def decoded(png: str | None) -> bytes | None:
        return None if png is None else base64.b64decode(png)

    shown = tuple(
        Picture(one["page"], decoded(one["before"]), decoded(one["after"]), one["boxes"]) for one in answer["pictures"]
    )
    return Pictures(shown, answer["more"])


def ask(asked: bytes, limits: Limits, *, demand_confinement: bool = True, probe: bool = True) -> dict[str, Any]:
    """Give a request to a confined child and return its answer; raise `Ended`, `StoreRefused`, `ValueError` or `OSError`."""
    with turns:
        if not probe and shutil.which("bwrap"):
            answer, code = _run(asked, limits, "bubblewrap")
            if answer or code not in (1, UNCONFINED) or confinement() == "bubblewrap":
                return parse(answer, code)
        return parse(*_run(asked, limits, _mode(demand_confinement)))


def _mode(demand_confinement: bool) -> str:
    mode = confinement()
    if mode == "none" and demand_confinement:
        raise Ended("confinement: the system offers neither bubblewrap, nor namespaces, nor seccomp")
    return mode


def refusal(raw: bytes, *, now: datetime, name: str, limits: Limits) -> Report | None:
    """Return the report on a file that no child needs to see, or None."""
    if len(raw) > limits.file:
        detail = f"got {len(raw)} bytes, expected at most {limits.file}"
        return unreadable(raw, now=now, name=name, code="too-large", detail=detail)
    if MAGIC not in raw[:1024]:
        return unreadable(raw, now=now, name=name, code="not-a-pdf", detail="got no %PDF- in the first 1,024 bytes")
    return None


def unreadable(raw: bytes, *, now: datetime, name: str, code: str, detail: str) -> Report:
    """Return the report on a file that could not be judged."""
    if code == brought.CODE:
        (fr, en), said = brought.clauses(raw), brought.line(raw, detail)
    else:
        (fr, en), said = clause(code, Outcome.FAILED), check(code, Outcome.FAILED, detail)
    return Report(
        verdict=Verdict.UNREADABLE,
        sub_indication="",
        reason_fr=fr,
        reason_en=en,
        file_name=name,
        file_size=len(raw),
        file_sha256=hashlib.sha256(raw).hexdigest(),
        checked_at=now,
        tool=f"lse-verify {__version__}",
        checks=(said,),
    )


def request(
    raw: bytes,
    *,
    anchors: Sequence[bytes],
    now: datetime,
    name: str,
    policy: str | None,
    identify: bool = False,
    beside: Beside | None = None,
) -> bytes:
    """Return what a child reads: one line of JSON, what lies beside the file, then the file."""
    beside = beside or Beside()
    asked = {
        "want": "identity" if identify else "report",
        "anchors": [base64.b64encode(one).decode() for one in anchors],
        "now": format_time(now),
        "name": name,
        "policy": policy,
        **beside.header(),
    }
    return b"".join((json.dumps(asked).encode(), b"\n", beside.body(), raw))


def parse(answer: bytes, code: int | None = None) -> dict[str, Any]:
    """Read a child's answer, or, where it gave none, say how it ended; raise `Ended`, `StoreRefused` or `ValueError`."""
    if not answer:
        raise Ended(ending(code))
    data: dict[str, Any] = json.loads(answer)
    if "limit" in data:
        raise Ended(f"{data['limit']} {data.get('detail', '')}".strip())
    if "refused" in data:
        raise StoreRefused(*data["refused"])
    return data


def _run(asked: bytes, limits: Limits, mode: str) -> tuple[bytes, int | None]:
    """Return what a child answered, and its exit code."""
    theirs, sink = os.pipe()
    try:
        child = subprocess.Popen(  # noqa: S603 # our own interpreter and code
            command(mode, limits, warm=False),
            env=ENVIRONMENT,
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except BaseException:
        os.close(sink)
        raise
    finally:
        os.close(theirs)
    with child:
        try:
            assert child.stdout is not None  # noqa: S101 # a pipe
            answer = exchange(sink, child.stdout.fileno(), asked, limits)
            with suppress(subprocess.TimeoutExpired):  # it has said all it had to say
                child.wait(timeout=STARTUP)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
    return answer, child.returncode
