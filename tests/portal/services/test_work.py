"""The worker: leases, patience, and nothing done twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal import worker
from portal.adapters.mail import DIALOGUE, TIMEOUT, Accepted, Answer, Declined, Mail, Postponed
from portal.db import due
from portal.db.tables import due as table
from portal.db.tables import journal as entries
from portal.db.tables import letters, proofs, tree_leaves, unplaced
from portal.domain.errors import Busy
from portal.office import Office
from portal.services import followup, journal, prove
from tests.conftest import Clock
from tests.stories.actors import Recipient, Town, body
from verifier.journal import Entry, leaf_hash, root
from verifier.note import Checkpoint, open_checkpoint


class NoServer:
    """A mail server that never decides."""

    def hand_over(self, mail: Mail, *, now: Any) -> Answer:
        return Postponed("away")


def rows(office: Office, column: Any, *where: Any) -> list[Any]:
    with office.db.read() as conn:
        return list(conn.scalars(sa.select(column).where(*where)))


def paid(town: Town) -> None:
    town.sender().deposits()
    with town.office.db.write() as conn:
        conn.execute(table.delete().where(table.c.kind.like("mail:%")))


def test_what_is_leased_is_left_to_its_holder_until_the_lease_runs_out(town: Town, clock: Clock) -> None:
    paid(town)
    office = town.office

    def claim() -> int:
        with office.db.write() as conn:
            return len(due.claim(conn, now=office.now(), limit=8))

    assert claim() == 1
    assert claim() == 0
    clock.moves(seconds=due.LEASE.total_seconds())
    assert claim() == 0
    clock.moves(seconds=1)
    assert claim() == 1
    assert rows(office, table.c.attempts) == [2]


def test_work_that_fails_is_put_off_longer_each_time_and_never_dropped(
    town: Town, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid(town)
    office = town.office
    object.__setattr__(office, "mailer", NoServer())
    waits = []
    for _ in range(6):
        began = office.now()
        assert worker.work_once(office, town.log) == 1
        assert worker.work_once(office, town.log) == 0, "tried again at once"
        (next_at,) = rows(office, table.c.due_at)
        waits.append(next_at - began)
        clock.now = next_at
    assert waits == [*due.BACK_OFF, due.BACK_OFF[-1], due.BACK_OFF[-1]]
    assert rows(office, table.c.fault) == ["NotAcceptedYet"]
    with office.db.read() as conn:
        assert [one["kind"] for one in due.stuck(conn, attempts=4)] == rows(office, table.c.kind)


def test_a_worker_waits_for_a_database_that_is_away(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    class Stop:
        def is_set(self) -> bool:
            return len(calls) > 1

        def wait(self, seconds: float) -> bool:
            assert seconds == 5
            return False

    def away(*_: object) -> int:
        calls.append(1)
        raise Busy("away")

    monkeypatch.setattr(worker, "work_once", away)
    worker.work(town.office, town.log, stop=Stop())  # type: ignore[arg-type]
    assert len(calls) == 2


def test_work_of_an_unknown_kind_is_put_off_by_name(town: Town) -> None:
    paid(town)
    with town.office.db.write() as conn:
        conn.execute(table.delete())
        due.owe(conn, 1, "sing:1", at=town.office.now())
    worker.work_once(town.office, town.log)
    assert rows(town.office, table.c.fault) == ["ValueError"]


def test_a_kind_of_work_is_owed_once_and_done_by_one(town: Town) -> None:
    paid(town)
    office = town.office
    (kind,) = rows(office, table.c.kind)
    with office.db.write() as conn:
        due.owe(conn, 1, kind, at=office.now())
        (one,) = due.claim(conn, now=office.now(), limit=8)
        assert due.done(conn, one, at=office.now())
        assert not due.done(conn, one, at=office.now())


def test_a_proof_sealed_twice_is_sealed_once(town: Town) -> None:
    paid(town)
    town.works()
    office = town.office
    before = rows(office, proofs.c.sha256)
    objects = len(list(office.vault._store.ids()))  # type: ignore[attr-defined]
    prove.seal(office, 1, "EV", 1)
    assert rows(office, proofs.c.sha256) == before
    assert len(list(office.vault._store.ids())) == objects  # type: ignore[attr-defined]
    with office.db.write() as conn:
        again = sa.or_(table.c.kind.startswith("seal:"), table.c.kind.startswith("dispatch:"))
        conn.execute(table.update().where(again).values(done_at=None, leased_until=None))
    town.works()
    assert rows(office, proofs.c.sha256) == before
    assert len(town.mails("joel@exemple.nc")) == 1


def test_each_fact_is_journalled_under_commitments_and_its_last_entry_carries_the_evidence(town: Town) -> None:
    paid(town)
    town.works()
    Recipient(town).opens_the_mail().and_consults()
    town.works()
    office = town.office
    by_id = dict(zip(rows(office, entries.c.id), rows(office, entries.c.entry), strict=True))
    with office.db.read() as conn:
        owed = list(conn.execute(sa.select(proofs.c.kind, proofs.c.entry_id, proofs.c.evidence_sha256)))
    assert {row.kind for row in owed} == {"EV", "AR"}
    for row in owed:
        assert Entry.from_json(bytes(by_id[row.entry_id])).evidence_sha256 == row.evidence_sha256
    text = b"".join(bytes(raw) for raw in by_id.values())
    for personal in (b"joel@exemple.nc", b"MARTIN", b"203.0.113.7", b"LSE26", b"expediteur@"):
        assert personal not in text


def test_an_entry_that_commits_late_is_placed_later_and_moves_no_other(town: Town) -> None:
    paid(town)
    town.works()
    office = town.office
    key = [office.log.verifier]
    before = journal.sequence(office)
    placed = rows(office, tree_leaves.c.entry_id)
    with office.db.write() as conn:
        # Row ids are given out of order where transactions overlap: this one comes after and commits with a smaller id.
        late = Entry(event="tag:lse.example,2026:event/late", time=office.now() - timedelta(days=1))
        conn.execute(
            entries.insert().values(id=-5, entry=late.to_json(), event=late.event, at=late.time, letter_number=None)
        )
    assert journal.grown(office)
    assert journal.sequence(office) == before + 1
    assert not journal.grown(office)
    with office.db.read() as conn:
        assert list(conn.scalars(sa.select(tree_leaves.c.entry_id).order_by(tree_leaves.c.position))) == [*placed, -5]
        from portal.db import journal as stored

        size, note = stored.latest_checkpoint(conn) or (0, "")
        leaves = [leaf_hash(raw) for raw in stored.entries(conn, upto=size)]
        head = root(size, lambda level, index: stored.node(conn, level, index))
    assert open_checkpoint(note, key) == Checkpoint(office.log.name, len(leaves), head)


def test_placed_entries_are_not_looked_through_again(town: Town) -> None:
    paid(town)
    office = town.office
    waiting = rows(office, unplaced.c.entry_id)
    assert len(waiting) > 0
    journal.sequence(office)
    assert rows(office, unplaced.c.entry_id) == []
    assert set(waiting) <= set(rows(office, tree_leaves.c.entry_id))


def test_a_journal_that_has_not_grown_signs_no_second_checkpoint(town: Town) -> None:
    paid(town)
    town.works()
    first = journal.sequence(town.office)
    assert journal.sequence(town.office) == first


class Slow:
    """A mail server whose first dialogue outlasts a lease, while another worker is refused at once."""

    def __init__(self, town: Town, clock: Clock) -> None:
        self.town, self.clock, self.calls = town, clock, 0

    def hand_over(self, mail: Mail, *, now: Any) -> Answer:
        self.calls += 1
        if self.calls > 1:
            return Declined("relay", "5.1.1", "550 5.1.1 no such user", at_recipient=True)
        self.clock.now += due.LEASE + timedelta(seconds=1)
        worker.work_once(self.town.office, self.town.log)
        return Accepted("relay", direct=False, reply="250 2.0.0 queued")


def test_an_acceptance_that_came_too_late_to_count_is_journalled(town: Town, clock: Clock) -> None:
    paid(town)
    object.__setattr__(town.office, "mailer", Slow(town, clock))
    worker.work_once(town.office, town.log)
    told = rows(town.office, entries.c.event)
    assert [event for event in told if event.endswith("late-acceptance")]
    assert rows(town.office, proofs.c.kind) == ["BC"]


def test_a_lease_outlasts_every_dialogue_with_a_mail_server() -> None:
    connection = 4 * TIMEOUT  # an address of each kind, twice
    assert timedelta(seconds=connection + DIALOGUE * 1.5) < due.LEASE


def test_a_worker_holds_one_piece_of_work_at_a_time(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    paid(town)
    office = town.office
    with office.db.write() as conn:
        for name in ("sing:1", "sing:2", "sing:3"):
            due.owe(conn, 1, name, at=office.now())
    held = []

    def perform(*_: object) -> None:
        held.append(len(rows(office, table.c.id, table.c.leased_until.is_not(None), table.c.done_at.is_(None))))

    monkeypatch.setattr(worker, "perform", perform)
    assert worker.work_once(office, town.log) == 4
    assert held == [1, 1, 1, 1]


def test_whoever_held_on_too_long_changes_nothing_of_the_next_holders_lease(town: Town, clock: Clock) -> None:
    paid(town)
    office = town.office
    with office.db.write() as conn:
        (first,) = due.claim(conn, now=office.now(), limit=1)
    clock.now += due.LEASE + timedelta(seconds=1)
    with office.db.write() as conn:
        (second,) = due.claim(conn, now=office.now(), limit=1)
        due.failed(conn, first, now=office.now(), fault="Late")
        assert not due.done(conn, first, at=office.now())
    assert rows(office, table.c.leased_until) == [office.now() + due.LEASE]
    with office.db.write() as conn:
        assert due.done(conn, second, at=office.now())


def test_a_worker_whose_clock_is_behind_puts_the_end_of_the_delay_off(town: Town, clock: Clock) -> None:
    paid(town)
    town.works()
    (deadline,) = rows(town.office, letters.c.deadline)
    clock.now = deadline + timedelta(seconds=2)
    followup.owe_overdue(town.office)
    with town.office.db.write() as conn:
        conn.execute(table.update().where(table.c.kind.like("neglect:%")).values(due_at=deadline))
    clock.now = deadline
    worker.work_once(town.office, town.log)
    assert rows(town.office, table.c.fault, table.c.kind.like("neglect:%")) == ["NotOverYet"]
    clock.now = deadline + timedelta(minutes=1)
    town.works()
    assert rows(town.office, letters.c.status) == ["ignored"]
    assert "NG" in rows(town.office, proofs.c.kind)


@pytest.mark.parametrize("before", [1, 60, 299])
def test_no_notification_is_begun_so_late_that_its_mail_could_state_another_deadline(
    town: Town, clock: Clock, before: int
) -> None:
    paid(town)
    midnight = datetime(2026, 4, 14, 13, 0, tzinfo=UTC)  # in Nouméa
    clock.now = midnight - timedelta(seconds=before)
    worker.work_once(town.office, town.log)
    assert rows(town.office, letters.c.status) == ["awaiting-dispatch"]
    clock.now = midnight + timedelta(minutes=5)
    town.works()
    assert rows(town.office, letters.c.deadline) == [datetime(2026, 4, 30, 13, 0, tzinfo=UTC)]
    (mail,) = town.mails("joel@exemple.nc")
    assert "30 avril 2026" in body(mail)
