"""Judge hostile files in a child process that has little memory, little time and no network.

A child that dies, is killed, says too much or takes too long is an answer, `Verdict.UNREADABLE` with the limit that ended it,
and never an exception. Two children at most run at once in this process; others wait their turn.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

from verifier import __version__
from verifier.child import UNCONFINED
from verifier.confine import Limits
from verifier.journal import format_time
from verifier.report import Outcome, Report, Verdict
from verifier.sentences import check, clause

__all__ = ["CONCURRENT", "Limits", "confinement", "judge", "manifest_in"]

CONCURRENT = 2
MAGIC = b"%PDF-"
_CHUNK = 64 * 1024
_STARTUP = 5.0
"""Seconds that probing a means of confinement may take."""
turns = threading.BoundedSemaphore(CONCURRENT)
ENVIRONMENT = {"MALLOC_ARENA_MAX": "2", "RAYON_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
"""All that the child's environment holds: fewer arenas and threads, so that the libraries fit into the address space."""
_SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/etc/ld.so.cache")


class Ended(Exception):
    """The child gave no report; the message names the limit or the fault that ended it."""


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
) -> Report:
    """Return the report of `verifier.check.check`, made in a confined child; arguments as there.

    `identify` adds the identity of each signature (`verifier.identity`).
    Where the system offers no way to keep a child from the network, nothing is judged, unless `demand_confinement` is False:
    the child then still has its limits, and code that fetches nothing.
    """
    limits = limits or Limits()
    early = refusal(raw, now=now, name=name, limits=limits)
    if early is not None:
        return early
    try:
        with turns:
            asked = request(raw, anchors=anchors, now=now, name=name, policy=policy, identify=identify)
            return Report.from_dict(_ask(asked, limits, _mode(demand_confinement)))
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
        with turns:
            answer = _ask(b'{"want":"manifest"}\n' + raw, limits, _mode(demand_confinement))
        return None if answer["manifest"] is None else base64.b64decode(answer["manifest"])
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise Ended(str(fault)) from fault


def _mode(demand_confinement: bool) -> str:
    mode = confinement()
    if mode == "none" and demand_confinement:
        raise Ended("confinement: the system offers neither bubblewrap, nor namespaces, nor seccomp")
    return mode


@cache
def confinement() -> str:
    """Name what keeps a child from the network: ``bubblewrap``, ``namespace``, ``seccomp``, or ``none``."""
    for mode in ("bubblewrap", "namespace", "seccomp"):
        probe = "import sys\nfrom verifier import child\nchild._confine(sys.argv[1])"
        try:
            done = subprocess.run(  # noqa: S603 # our own interpreter and code
                [*_wrapper(mode), sys.executable, "-I", "-B", "-c", probe, mode],
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_STARTUP,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return mode
    return "none"


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
    fr, en = clause(code, Outcome.FAILED)
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
        checks=(check(code, Outcome.FAILED, detail),),
    )


def request(
    raw: bytes, *, anchors: Sequence[bytes], now: datetime, name: str, policy: str | None, identify: bool = False
) -> bytes:
    """Return what a child reads: one line of JSON, then the file."""
    asked = {
        "want": "identity" if identify else "report",
        "anchors": [base64.b64encode(one).decode() for one in anchors],
        "now": format_time(now),
        "name": name,
        "policy": policy,
    }
    return json.dumps(asked).encode() + b"\n" + raw


def command(mode: str, limits: Limits, *, warm: bool) -> list[str]:
    """Return the command line of a child."""
    asked = json.dumps({"mode": mode, "warm": warm, "limits": asdict(limits)})
    return [*_wrapper(mode), sys.executable, "-I", "-B", "-m", "verifier.child", asked]


def parse(answer: bytes) -> dict[str, Any]:
    """Read a child's answer; raise `Ended` where it names a limit."""
    data: dict[str, Any] = json.loads(answer)
    if "limit" in data:
        raise Ended(f"{data['limit']} {data.get('detail', '')}".strip())
    return data


def _ask(asked: bytes, limits: Limits, mode: str) -> dict[str, Any]:
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
                child.wait(timeout=_STARTUP)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
    if not answer:
        raise Ended(ending(child.returncode))
    return parse(answer)


def exchange(sink: int, source: int, asked: bytes, limits: Limits) -> bytes:
    """Write the request and read the answer at once, so that neither side waits for the other; raise `Ended`.

    `sink` and `source` are descriptors of pipes; `sink` is closed in any case.
    """
    end, left, answer = monotonic() + limits.wall, memoryview(asked), bytearray()
    os.set_blocking(sink, False)
    open_sink = True
    try:
        with selectors.DefaultSelector() as ready:
            ready.register(sink, selectors.EVENT_WRITE)
            ready.register(source, selectors.EVENT_READ)
            while True:
                found = {key.fd for key, _ in ready.select(max(0.0, end - monotonic()))}
                if sink in found and open_sink:
                    left = _write(sink, left)
                    if not left:
                        ready.unregister(sink)
                        os.close(sink)
                        open_sink = False
                if source in found:
                    read = os.read(source, _CHUNK)
                    answer += read
                    if not read:
                        return bytes(answer)
                if len(answer) > limits.answer:
                    raise Ended(f"answer: more than {limits.answer} bytes")
                if monotonic() >= end:
                    raise Ended(f"wall clock: {limits.wall:g} s")
    finally:
        if open_sink:
            os.close(sink)


def _write(sink: int, left: memoryview) -> memoryview:
    try:
        return left[os.write(sink, left[:_CHUNK]) :]
    except BlockingIOError:
        return left
    except BrokenPipeError:  # the child is gone; its exit says why
        return left[:0]


def ending(code: int | None) -> str:
    """Say what an exit code means; bubblewrap reports a signal as 128 and its number."""
    number = -code if code is not None and code < 0 else (code or 0) - 128
    if code == UNCONFINED:
        return "confinement: refused by the system"
    if number == signal.SIGXCPU:
        return "processor time"
    if number > 0:
        with suppress(ValueError):
            return f"killed by {signal.Signals(number).name}"
    return f"died with exit code {code}"


def _wrapper(mode: str) -> list[str]:
    """Return the bubblewrap command that holds the interpreter, its libraries and this package, all read-only."""
    if mode != "bubblewrap":
        return []
    program = shutil.which("bwrap")
    if program is None:
        raise FileNotFoundError("bwrap")
    held = [*_SYSTEM, sys.base_prefix, sys.prefix, str(Path(__file__).parent)]
    binds = [part for path in dict.fromkeys(held) for part in ("--ro-bind-try", path, path)]
    variables = [part for name, value in ENVIRONMENT.items() for part in ("--setenv", name, value)]
    flags = ["--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--proc", "/proc", "--dev", "/dev"]
    return [program, *flags, *binds, *variables, "--"]
