"""The worker: takes what is owed, does it, marks it done. Any number may run; one that is killed is taken over."""

from __future__ import annotations

import threading
from typing import Any

from portal import failpoint
from portal.db import due
from portal.db.due import Due
from portal.domain.errors import Busy
from portal.office import Office
from portal.services import dispatch, followup, journal, notify, prove

BATCH = 8
"""Pieces of work between two looks at the journal."""


def perform(office: Office, one: Due) -> None:
    """Do one piece of work; whoever does it twice does nothing the second time."""
    what, *rest = one.kind.split(":")
    if what == "dispatch":
        dispatch.dispatch(office, one.letter_number)
    elif what == "seal":
        prove.seal(office, one.letter_number, rest[0], int(rest[1]))
    elif what == "mail":
        notify.send(office, one.letter_number, rest[0], int(rest[1]), due_id=one.id)
    elif what == "neglect":
        followup.neglect(office, one.letter_number)
    else:
        raise ValueError(f"due: got {one.kind!r}, expected dispatch, seal, mail or neglect")


def work_once(office: Office, log: Any) -> int:
    """Do what is due now, once, and return how much was done or tried."""
    followup.owe_overdue(office)
    tried = 0
    while tried < BATCH and (one := _claim(office)):
        tried += 1
        _do(office, one, log)
    if journal.grown(office):
        journal.sequence(office)
    return tried


def _claim(office: Office) -> Due | None:
    """Take one piece of work: the next would wait out its lease behind the first."""
    with office.db.read() as conn:
        waiting = due.waiting(conn, now=office.now())
    if not waiting:
        return None
    with office.db.write() as conn:
        return next(iter(due.claim(conn, now=office.now(), limit=1)), None)


def _do(office: Office, one: Due, log: Any) -> None:
    failpoint.reached(f"work:{one.kind.split(':')[0]}:claimed")
    try:
        perform(office, one)
    except Exception as fault:
        log.warning("put off", due=one.id, kind=one.kind, attempts=one.attempts, fault=type(fault).__name__)
        with office.db.write() as conn:
            due.failed(conn, one, now=office.now(), fault=type(fault).__name__)
    else:
        failpoint.reached(f"work:{one.kind.split(':')[0]}:performed")
        with office.db.write() as conn:
            due.done(conn, one, at=office.now())


def work(office: Office, log: Any, *, stop: threading.Event, pause: float = 0.1) -> None:
    """Work until `stop` is set; a database that is away is waited for."""
    while not stop.is_set():
        try:
            done = work_once(office, log)
        except Busy:
            log.warning("the database does not answer")
            stop.wait(5)
            continue
        if not done:
            stop.wait(pause)
