"""An office on each of the two engines, and a way to let several processes work on one instance."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import pytest

from portal.config import Settings
from portal.db import schema
from portal.office import Office, open_office
from tests.conftest import Clock, OpenOffice

Gesture = Callable[[Office], Any]
"""A function of a module, or a `functools.partial` of one: it has to travel to another process."""

# Processes are forked from a server that has imported everything and drawn nothing: the typesetter's threads do not
# survive a fork.
_FORK = multiprocessing.get_context("forkserver")
_FORK.set_forkserver_preload(["portal.app", "psycopg", "pytest", "tests.conftest", "tests.withstand.gestures"])


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, opens_office: OpenOffice) -> Office:
    """An office of this test's own on SQLite, then on PostgreSQL."""
    if request.param == "sqlite":
        return opens_office()
    office = opens_office(LSE_DATABASE_URL=request.getfixturevalue("postgresql"))
    schema.upgrade(office.db)
    return office


class Processes:
    """Other processes of the same instance, each with an office of its own and the clock as it stands now."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def at_once(self, office: Office, gestures: Sequence[Gesture]) -> list[Any]:
        """Make each gesture in a process of its own, all started together, and return their answers in order."""
        start = _FORK.Barrier(len(gestures))
        pipes = [_FORK.Pipe(duplex=False) for _ in gestures]
        children = [
            _FORK.Process(target=_live, args=(office.settings, self._clock, gesture, start, sender, ""), daemon=True)
            for gesture, (_, sender) in zip(gestures, pipes, strict=True)
        ]
        for child, (_, sender) in zip(children, pipes, strict=True):
            child.start()
            sender.close()
        answers = [self._answer(receiver) for receiver, _ in pipes]
        for child in children:
            child.join(10)
            assert child.exitcode == 0, f"a process ended with {child.exitcode}"
        return answers

    @staticmethod
    def _answer(receiver: Any) -> Any:
        """Return what a process sent, or None where it ended without a word."""
        with receiver, suppress(EOFError):
            return receiver.recv() if receiver.poll(60) else None

    def dies(self, office: Office, gesture: Gesture, *, at: str) -> bool:
        """Make a gesture in a process that is told to die at a failpoint, and say whether it did."""
        receiver, sender = _FORK.Pipe(duplex=False)
        child = _FORK.Process(target=_live, args=(office.settings, self._clock, gesture, None, sender, at), daemon=True)
        child.start()
        child.join(60)
        receiver.close()
        sender.close()
        return child.exitcode == -signal.SIGKILL


def _live(settings: Settings, clock: Clock, gesture: Gesture, start: Any, sender: Any, failpoint: str) -> None:
    if failpoint:
        os.environ["FAILPOINT"] = failpoint
    own = open_office(settings, clock=clock)
    if start is not None:
        start.wait(60)
    sender.send(gesture(own))
    own.db.dispose()


@pytest.fixture
def processes(clock: Clock) -> Processes:
    return Processes(clock)
