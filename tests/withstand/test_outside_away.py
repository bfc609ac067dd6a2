"""The seal, the mail server or the database is away for a while: what is owed stays owed, and is done once, later."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

import pytest
import sqlalchemy as sa

from portal import worker
from portal.adapters.mail import Accepted, Answer, Mail, Postponed
from portal.db import engine, tables
from portal.db.due import BACK_OFF
from portal.db.engine import Database
from portal.domain.errors import Busy
from portal.domain.lifecycle import Status
from portal.office import Office
from tests.conftest import Clock
from tests.stories.actors import Recipient, Town
from tests.withstand import gestures, invariants
from verifier.seal import Sealer
from verifier.stamp import StampUnavailable


@dataclass
class FailingSealer:
    """A sealer whose time-stamping authority is away."""

    tries: int = 0

    def seal(self, *_: Any, **__: Any) -> bytes:
        self.tries += 1
        raise StampUnavailable("tsa.exemple.nc: no answer")


@dataclass
class Server:
    """A mail server in trouble with the recipient's mail, the first `times`; it takes all other mail."""

    trouble: Postponed | Exception
    times: int
    taken: list[Mail] = field(default_factory=list)

    def hand_over(self, mail: Mail, *, now: object) -> Answer:
        if mail.to == gestures.RECIPIENT and self.times:
            self.times -= 1
            if isinstance(self.trouble, Exception):
                raise self.trouble
            return self.trouble
        self.taken.append(mail)
        return Accepted("mx.exemple.nc", direct=True, reply="250 2.0.0 ok")


def _waits(office: Office) -> tuple[int, timedelta | None]:
    """Return how often the one open piece of work was tried, and in how long it is due again."""
    with office.db.read() as conn:
        row = conn.execute(sa.select(tables.due).where(tables.due.c.done_at.is_(None))).one()
    return row.attempts, row.due_at - office.now()


def test_a_proof_that_cannot_be_sealed_stays_owed_and_is_tried_again_ever_later(office: Office, clock: Clock) -> None:
    number = gestures.sent(office).number
    gestures.consults(office, number)
    away = replace(office, sealer=cast(Sealer, FailingSealer()))
    gestures.works(away)
    for attempt, wait in enumerate((*BACK_OFF, BACK_OFF[-1]), start=1):
        assert _waits(office) == (attempt, wait)
        clock.now += wait - timedelta(seconds=1)
        assert worker.work_once(away, gestures.log()) == 0, "not before it is due"
        clock.moves(seconds=1)
        assert worker.work_once(away, gestures.log()) == 1
    assert gestures.seen(office, number).status is Status.RECEIVED
    assert invariants.half_written(office) == []

    clock.now += BACK_OFF[-1]
    gestures.works(office)
    assert gestures.kinds(office, number) == ["EV", "AR"]
    invariants.nothing_is_owed(office)
    invariants.hold(office)


@pytest.mark.parametrize(
    "trouble", [Postponed("421 4.7.0 later"), TimeoutError("mx.exemple.nc"), RuntimeError("joel@")]
)
def test_a_letter_whose_mail_is_not_taken_waits_and_is_sent_once(
    office: Office, clock: Clock, trouble: Postponed | Exception
) -> None:
    server = Server(trouble, times=3)
    away = replace(office, mailer=server)
    number = gestures.bought(office).number
    for _ in range(3):
        gestures.works(away)
        assert gestures.seen(office, number).status is Status.AWAITING_DISPATCH
        assert not [mail for mail in server.taken if mail.to == gestures.RECIPIENT]
        clock.moves(minutes=5)
    gestures.works(away)
    assert gestures.seen(office, number).status is Status.SENT
    assert len([mail for mail in server.taken if mail.to == gestures.RECIPIENT]) == 1
    assert len({mail.message_id for mail in server.taken}) == len(server.taken) == 3
    assert gestures.kinds(office, number) == ["EV"]
    invariants.nothing_is_owed(office)
    invariants.hold(office)


def test_a_fault_leaves_its_kind_behind_and_not_its_words(office: Office) -> None:
    gestures.bought(office)
    gestures.works(replace(office, mailer=Server(RuntimeError(f"to {gestures.RECIPIENT}"), times=1)))
    with office.db.read() as conn:
        faults = set(conn.scalars(sa.select(tables.due.c.fault).where(tables.due.c.done_at.is_(None))))
    assert faults == {"RuntimeError"}


def test_one_letter_that_cannot_be_opened_does_not_stop_the_work_on_the_others(office: Office, clock: Clock) -> None:
    damaged, erased, whole = (gestures.presented(office).number for _ in range(3))
    with office.db.write() as conn:
        letters = tables.letters
        conn.execute(letters.update().where(letters.c.number == damaged).values(sealed=b"not what was stored" * 4))
        conn.execute(letters.update().where(letters.c.number == erased).values(wrapped_key=None))
    clock.moves(days=17)
    for _ in range(8):
        gestures.works(office)
        clock.moves(hours=1)
    assert gestures.seen(office, whole).status is Status.IGNORED
    assert gestures.kinds(office, whole) == ["EV", "NG"]
    assert all(record.sealed_at for record in gestures.proofs_of(office, whole))


@pytest.fixture
def impatient(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office that waits a tenth of a second for its database."""
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.1)
    impatient = replace(office, db=Database(office.settings.database_url))
    yield impatient
    impatient.db.dispose()


@pytest.fixture
def locked(office: Office) -> Iterator[sqlite3.Connection]:
    """Another program's hold on the database."""
    path = str(office.db.url.database)
    other = sqlite3.connect(path, isolation_level=None)
    yield other
    other.close()


def test_a_database_locked_for_too_long_is_told_plainly_and_nothing_is_lost(
    impatient: Office, locked: sqlite3.Connection
) -> None:
    number = gestures.presented(impatient).number
    town = Town(impatient, gestures.log())
    recipient = Recipient(town).opens_the_mail()
    told = invariants.events(impatient, number)
    locked.execute("BEGIN IMMEDIATE")
    answer = recipient.and_consults()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"].isdigit()
    assert recipient.gets(recipient.link).status_code == 503
    assert recipient.gets("/politique").status_code == 200
    with pytest.raises(Busy):
        worker.work_once(impatient, gestures.log())
    locked.execute("ROLLBACK")

    assert invariants.events(impatient, number) == told
    assert gestures.seen(impatient, number).status is Status.SENT
    recipient.gets(recipient.link)
    assert recipient.and_consults().status_code == 303
    gestures.works(impatient)
    invariants.nothing_is_owed(impatient)
    invariants.hold(impatient)


def test_the_worker_waits_for_a_database_that_is_away(
    impatient: Office, locked: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    gestures.bought(impatient)
    waited: list[float] = []
    stop = threading.Event()

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        if locked.in_transaction:
            locked.execute("ROLLBACK")
        elif not gestures.open_work(impatient):
            stop.set()
        return stop.is_set()

    monkeypatch.setattr(stop, "wait", wait)
    locked.execute("BEGIN IMMEDIATE")
    worker.work(impatient, gestures.log(), stop=stop)
    assert waited[0] == 5
    invariants.nothing_is_owed(impatient)
    invariants.hold(impatient)
