"""The worker: leases, patience, and nothing done twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal import worker
from portal.adapters.mail import Answer, Mail, Postponed
from portal.db import due
from portal.db.tables import due as table
from portal.db.tables import journal as entries
from portal.db.tables import proofs, tree_leaves
from portal.domain.errors import Busy
from portal.office import Office
from portal.services import journal, prove
from tests.conftest import Clock
from tests.stories.actors import Recipient, Town
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
        assert due.done(conn, one.id, at=office.now())
        assert not due.done(conn, one.id, at=office.now())


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


def test_a_journal_that_has_not_grown_signs_no_second_checkpoint(town: Town) -> None:
    paid(town)
    town.works()
    first = journal.sequence(town.office)
    assert journal.sequence(town.office) == first
