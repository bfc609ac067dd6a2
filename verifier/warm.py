"""Judge many files in children that need not load the libraries each time.

One confined process loads them once and forks for each file; every fork has the limits of `verifier.sandbox`, and nothing of
one file is left for the next. A process that dies is started again, and the file at hand is judged in a child of its own.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Any

from verifier import sandbox
from verifier.beside import Beside, StoreRefused
from verifier.report import Report
from verifier.sandbox import Ended, Limits, Pictures

_LOADING = 20.0
"""Seconds that loading the libraries may take."""


class WarmSandbox:
    """A sandbox for a service that verifies often; safe to use from several threads."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        at_once: int | None = None,
        demand_confinement: bool = True,
        preload: Sequence[str] = (),
    ) -> None:
        """Judge `at_once` files at most at a time; where None, in turn with all that this process judges.

        `demand_confinement` as in `verifier.sandbox.judge`; `preload` names modules that are loaded once, for all files.
        """
        self._demand, self._preload, self._over = demand_confinement, tuple(preload), False
        self.limits = limits or Limits()
        self._turns = sandbox.turns if at_once is None else threading.BoundedSemaphore(at_once)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None

    def judge(
        self,
        raw: bytes,
        *,
        anchors: Sequence[bytes],
        now: datetime,
        name: str,
        policy: str | None = None,
        identify: bool = False,
        beside: Beside | None = None,
    ) -> Report:
        """Return the report of one file, as `verifier.sandbox.judge` does; never raises for what the file does."""
        early = sandbox.refusal(raw, now=now, name=name, limits=self.limits)
        if early is not None:
            return early
        asked = sandbox.request(
            raw, anchors=anchors, now=now, name=name, policy=policy, identify=identify, beside=beside
        )
        try:
            with self._turns:
                return Report.from_dict(self._ask(asked, self.limits))
        except StoreRefused:
            raise
        except (ConnectionError, subprocess.SubprocessError) as fault:
            if self._over:
                return sandbox.unreadable(raw, now=now, name=name, code="limits", detail=str(fault))
            self.close()
            return sandbox.judge(
                raw,
                anchors=anchors,
                now=now,
                name=name,
                policy=policy,
                limits=self.limits,
                demand_confinement=self._demand,
                identify=identify,
                beside=beside,
            )
        except (Ended, OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
            return sandbox.unreadable(raw, now=now, name=name, code="limits", detail=str(fault))

    def pictures_of(self, raw: bytes, *, field: str, pages: Sequence[int] = ()) -> Pictures:
        """Return the pages that differ since a signature, as `verifier.sandbox.pictures_of` does; never raises."""
        try:
            with self._turns:
                asked = sandbox.pictures_request(raw, field, pages)
                return sandbox.read_pictures(self._ask(asked, sandbox.for_pictures(self.limits)))
        except (ConnectionError, subprocess.SubprocessError):
            self.close()
            return sandbox.pictures_of(raw, field=field, pages=pages, limits=self.limits)
        except (Ended, OSError, ValueError, KeyError, TypeError):
            return Pictures()

    def close(self) -> None:
        """End the process; the next file starts another."""
        with self._lock:
            self._end()

    def end(self) -> None:
        """End the process, and start no other: whatever is asked from now on is answered as unreadable."""
        self._over = True
        self.close()

    def __enter__(self) -> WarmSandbox:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def _end(self) -> None:
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._channel = self._process = None

    def _ask(self, asked: bytes, limits: Limits) -> dict[str, Any]:
        request, sink = os.pipe()
        source, answer = os.pipe()
        status, ended = os.pipe()
        try:
            try:
                with self._lock:
                    socket.send_fds(self._ready(), [b"."], [request, answer, ended])
            except BaseException:
                os.close(sink)
                raise
            finally:
                for descriptor in (request, answer, ended):
                    os.close(descriptor)
            said = sandbox.exchange(sink, source, asked, limits)
            if said:
                return sandbox.parse(said)
            how = os.read(status, 64).decode()
            if not how:
                raise ConnectionError("the process that oversees the child is gone")
            raise Ended(f"wall clock: {self.limits.wall:g} s" if how == "wall" else sandbox.ending(int(how)))
        finally:
            os.close(source)
            os.close(status)

    def _ready(self) -> socket.socket:
        """Return the channel to a process that has loaded the libraries; the caller holds the lock."""
        if self._channel is not None and self._process is not None and self._process.poll() is None:
            return self._channel
        self._end()
        if self._over:
            raise Ended("ended")
        mode = sandbox.confinement()
        if mode == "none" and self._demand:
            raise Ended("confinement: the system offers neither bubblewrap, nor namespaces, nor seccomp")
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 # our own interpreter and code
                sandbox.command(mode, self.limits, warm=True, preload=self._preload),
                env=sandbox.ENVIRONMENT,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        ours.settimeout(_LOADING)
        self._channel = ours
        if ours.recv(1) != b"+":
            raise ConnectionError(sandbox.ending(self._process.wait()))
        return ours
