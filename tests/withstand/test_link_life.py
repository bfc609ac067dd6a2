"""How long a link leads to something, and what a bounce may still change."""

from __future__ import annotations

import dataclasses
import re
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from portal.adapters.mail import Accepted, Answer, Declined, Mail, Mailbox
from portal.db import tables
from portal.domain.errors import LetterSettled, LinkExpired, LinkForged
from portal.domain.lifecycle import Status
from portal.office import Office
from portal.services import consult, dispatch, followup, prove, register
from tests.conftest import Clock
from tests.stories.actors import Recipient, Town
from tests.withstand import gestures, invariants
from tests.withstand.gestures import HUMAN, RECIPIENT
from verifier.statement import Cause, Failure, Observed

BOUNCED = Failure(Cause.NO_SUCH_MAILBOX, "5.1.1", "550 5.1.1 User unknown", Observed.REPORT)


def _page(office: Office, number: int) -> int:
    """Return what the link's page answers."""
    town = Town(office, gestures.log())
    recipient = Recipient(town)
    return recipient.gets(f"/l/{gestures.token(office, number)}").status_code


def _at_deadline(office: Office, clock: Clock, number: int, *, late: int = 0) -> None:
    deadline = gestures.seen(office, number).deadline
    assert deadline is not None
    clock.now = deadline
    clock.moves(seconds=late)


def test_exactly_at_the_deadline_the_letter_can_still_be_consulted(office: Office, clock: Clock) -> None:
    number = gestures.presented(office).number
    _at_deadline(office, clock, number)
    assert _page(office, number) == 200
    gestures.works(office)
    assert gestures.seen(office, number).status is Status.SENT
    with pytest.raises(followup.NotOverYet):
        followup.neglect(office, number)
    gestures.consults(office, number)
    assert gestures.seen(office, number).status is Status.RECEIVED


def test_a_consultation_that_had_to_wait_is_dated_when_its_turn_came(
    office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = gestures.presented(office).number
    began, write = clock.now, office.db.write

    def after_a_while() -> AbstractContextManager[sa.Connection]:
        clock.moves(seconds=30)
        return write()

    monkeypatch.setattr(office.db, "write", after_a_while)
    gestures.consults(office, number)
    opened_at = gestures.seen(office, number).opened_at
    assert opened_at is not None
    assert opened_at >= began + timedelta(seconds=30)


def test_a_second_later_the_link_is_dead_and_the_worker_writes_that_nobody_came(office: Office, clock: Clock) -> None:
    number = gestures.presented(office).number
    link = gestures.token(office, number)
    _at_deadline(office, clock, number, late=1)
    assert _page(office, number) == 410
    for gesture in (consult.consult, consult.refuse):
        with pytest.raises(LinkExpired):
            gesture(office, link, HUMAN, typed=RECIPIENT)
    gestures.works(office)
    assert gestures.seen(office, number).status is Status.IGNORED
    assert gestures.kinds(office, number) == ["EV", "NG"]
    assert _page(office, number) == 410
    assert not followup.neglect(office, number), "once"
    invariants.nothing_is_owed(office)
    invariants.hold(office)


def test_a_consulted_letter_is_readable_for_a_year_and_then_its_link_is_over(office: Office, clock: Clock) -> None:
    number = gestures.presented(office).number
    gestures.consults(office, number)
    clock.moves(days=office.settings.access_days)
    link = gestures.token(office, number)
    assert consult.look(office, link, HUMAN).letter.number == number
    entered = consult.reopen(office, link, HUMAN)
    assert consult.read(office, number, entered.ticket, HUMAN, what="page")
    clock.moves(seconds=1)
    assert _page(office, number) == 410
    with pytest.raises(LinkExpired):
        consult.read(office, number, entered.ticket, HUMAN, what="page")


def test_a_link_sent_on_the_last_day_is_signed_long_enough_for_the_whole_year(office: Office, clock: Clock) -> None:
    number = gestures.presented(office).number
    _at_deadline(office, clock, number)
    gestures.consults(office, number)
    clock.moves(days=office.settings.access_days)
    assert consult.look(office, gestures.token(office, number), HUMAN)


def test_a_revoked_link_looks_like_a_forged_one(office: Office) -> None:
    number = gestures.presented(office).number
    link = gestures.token(office, number)
    with office.db.write() as conn:
        conn.execute(tables.letters.update().values(link_version=2))
    assert Recipient(Town(office, gestures.log())).gets(f"/l/{link}").status_code == 404
    with pytest.raises(LinkForged):
        consult.consult(office, link, HUMAN, typed=RECIPIENT)
    assert _page(office, number) == 200, "the new version lives"


def test_an_erased_letter_looks_like_a_forged_one(office: Office) -> None:
    number = gestures.presented(office).number
    with office.db.write() as conn:
        conn.execute(tables.letters.update().values(wrapped_key=None))
    assert _page(office, number) == 404


def test_a_refused_letter_says_that_a_choice_was_made(office: Office) -> None:
    number = gestures.presented(office).number
    gestures.refuses(office, number)
    assert _page(office, number) == 409
    with pytest.raises(LetterSettled):
        gestures.consults(office, number)
    with pytest.raises(LetterSettled):
        gestures.refuses(office, number)
    assert gestures.seen(office, number).status is Status.REFUSED


def test_a_letter_consulted_after_a_bounce_has_a_receipt_that_cites_the_non_delivery(office: Office) -> None:
    number = gestures.presented(office).number
    assert followup.bounce(office, number, BOUNCED)
    assert gestures.seen(office, number).status is Status.UNDELIVERED
    gestures.consults(office, number)
    assert gestures.kinds(office, number) == ["EV", "BC", "AR"]
    with office.db.read() as conn:
        opened = register.by_number(conn, office, number)
    ev, bc, ar = (prove.statement_of(office, opened, record) for record in gestures.proofs_of(office, number))
    assert [citation.proof_id for citation in ar.cites] == [ev.proof_id, bc.proof_id]
    gestures.works(office)
    invariants.nothing_is_owed(office)
    invariants.hold(office)


def test_a_bounce_after_a_consultation_changes_nothing_and_is_kept(office: Office) -> None:
    number = gestures.presented(office).number
    gestures.consults(office, number)
    before = dataclasses.asdict(gestures.seen(office, number))
    for _ in range(2):
        assert not followup.bounce(office, number, BOUNCED)
    assert dataclasses.asdict(gestures.seen(office, number)) == before
    assert gestures.kinds(office, number) == ["EV", "AR"]
    assert invariants.events(office, number).count("late-bounce") == 2
    invariants.hold(office)


def test_two_bounces_of_one_notification_are_one_fact(office: Office) -> None:
    number = gestures.presented(office).number
    assert followup.bounce(office, number, BOUNCED)
    assert not followup.bounce(office, number, BOUNCED)
    assert gestures.kinds(office, number) == ["EV", "BC"]
    invariants.hold(office)


def test_an_undelivered_letter_that_nobody_opens_gets_no_second_verdict_at_its_deadline(
    office: Office, clock: Clock
) -> None:
    number = gestures.presented(office).number
    followup.bounce(office, number, BOUNCED)
    _at_deadline(office, clock, number, late=1)
    gestures.works(office)
    assert gestures.seen(office, number).status is Status.UNDELIVERED
    assert gestures.kinds(office, number) == ["EV", "BC"]
    assert _page(office, number) == 410


@dataclasses.dataclass
class Answering:
    """A mail server that gives one answer to everything."""

    answer: Accepted | Declined
    taken: list[Mail] = dataclasses.field(default_factory=list)

    def hand_over(self, mail: Mail, *, now: object) -> Accepted | Declined:
        self.taken.append(mail)
        return self.answer


@pytest.mark.parametrize("code", ["5.7.1", "5.7.509", "5.7.26", "5.6.0", "5.5.2", "5.3.4"])
@pytest.mark.parametrize("at_recipient", [True, False])
def test_a_fault_of_ours_is_a_technical_error_and_never_a_non_delivery(
    office: Office, code: str, at_recipient: bool
) -> None:
    letter = gestures.bought(office)
    server = Answering(Declined("mx.exemple.nc", code, f"550 {code} Denied", at_recipient=at_recipient))
    dispatch.dispatch(dataclasses.replace(office, mailer=server), letter.number)
    assert gestures.seen(office, letter.number).status is Status.TECHNICAL_ERROR
    assert gestures.kinds(office, letter.number) == []
    assert "dispatch-failed" in invariants.events(office, letter.number)
    invariants.hold(office)


@pytest.mark.parametrize("code", ["5.1.1", "5.1.2", "5.2.1", "5.2.2", "550"])
def test_an_address_refused_at_once_gives_a_non_delivery_and_a_link_that_never_lives(office: Office, code: str) -> None:
    letter = gestures.bought(office)
    server = Answering(Declined("mx.exemple.nc", code, f"550 {code} No", at_recipient=True, direct=True))
    dispatch.dispatch(dataclasses.replace(office, mailer=server), letter.number)
    assert gestures.seen(office, letter.number).status is Status.UNDELIVERED
    assert gestures.kinds(office, letter.number) == ["BC"]
    seen = gestures.seen(office, letter.number)
    link = register.link(office, seen, presented_at=office.now()).rpartition("/")[2]
    for gesture in (consult.consult, consult.refuse):
        with pytest.raises(LinkExpired):
            gesture(office, link, HUMAN, typed=RECIPIENT)
    invariants.hold(office)


class Quick(Mailbox):
    """A mailbox whose owner clicks before the server's answer is written down."""

    def __init__(self, office: Office) -> None:
        super().__init__(office.settings.home / "mailbox")
        self.office = office
        self.pages: list[tuple[int, str | None]] = []

    def hand_over(self, mail: Mail, *, now: datetime) -> Answer:
        answer = super().hand_over(mail, now=now)
        if mail.to == RECIPIENT:
            link = re.findall(r"/l/[^\s<]+", mail.text)[0]
            page = Recipient(Town(self.office, gestures.log())).gets(link)
            self.pages.append((page.status_code, page.headers.get("Retry-After")))
        return answer


def test_a_link_that_is_opened_before_the_acceptance_is_written_asks_to_come_again(office: Office) -> None:
    number = gestures.bought(office).number
    mailbox = Quick(office)
    dispatch.dispatch(dataclasses.replace(office, mailer=mailbox), number)
    assert mailbox.pages == [(503, "30")]
    assert _page(office, number) == 200
