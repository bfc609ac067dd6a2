"""The bank's notices against every status of a letter."""

from __future__ import annotations

import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.exc import IntegrityError

from portal.adapters.gateway import ACTS, sign
from portal.adapters.mail import Accepted, Answer, Declined, Mail
from portal.cli import lse
from portal.db.tables import due, journal, letters, notices, payments, people
from portal.domain.errors import NotFound, NoticeRejected, StepImpossible
from portal.domain.letter import Letter
from portal.domain.lifecycle import STEPS, Act, Status
from portal.office import Office
from portal.services import dispatch, followup, payment
from portal.services.payment import Heard
from tests.stories.actors import Town
from tests.withstand import gestures
from tests.withstand.conftest import either

__all__ = ["either"]

UNKNOWN = ["ACCEPTED", "SUSPENDED", "", "authorised"]


class Sudden:
    """A mail server that takes every mail, or refuses the recipient with the same code."""

    def __init__(self, code: str | None) -> None:
        self.code = code

    def hand_over(self, mail: Mail, *, now: datetime) -> Answer:
        if self.code is None:
            return Accepted("mx.exemple.nc", direct=False, reply="250 2.0.0 OK")
        return Declined("mx.exemple.nc", self.code, f"550 {self.code} no", at_recipient=True)


def ordered(town: Town) -> dict[str, str]:
    """Take a letter to the bank's page and return the fields of its order."""
    sender = town.sender()
    reference = sender.deposits(outcome="nothing")
    with town.office.db.read() as conn:
        sender_id = conn.scalar(sa.select(letters.c.sender_id).where(letters.c.reference == reference))
    assert sender_id is not None
    return payment.order_form(town.office, sender_id=sender_id, reference=reference)[1]


def notice(office: Office, order: dict[str, str], status: str, **other: str) -> dict[str, str]:
    """Return a notice about an order, as the bank signs it."""
    told = {name: value for name, value in order.items() if name.startswith("vads_")}
    told |= {"vads_trans_status": status, "vads_trans_uuid": f"uuid-{status}", "vads_operation_type": "DEBIT", **other}
    return {**told, "signature": sign(told, office.gateway.key)}


def status_of(office: Office, number: int = 1) -> Status:
    return gestures.seen(office, number).status


def taken_to(status: Status, office: Office, order: dict[str, str]) -> None:
    """Lead a letter at the bank by real gestures to a status; `order` is its only one."""
    number = gestures.by_reference(office, order["vads_order_id"]).number
    if status is Status.CHECKING_PAYMENT:
        return
    said = {Status.PAYMENT_REFUSED: "REFUSED", Status.CANCELLED: "ABANDONED"}.get(status, "AUTHORISED")
    payment.hear(office, notice(office, order, said, vads_trans_uuid=f"first-{number}"))
    if said != "AUTHORISED" or status is Status.AWAITING_DISPATCH:
        return
    mailer = Sudden({Status.UNDELIVERED: "5.1.1", Status.TECHNICAL_ERROR: "5.7.1"}.get(status))
    dispatch.dispatch(Office(**{**vars(office), "mailer": mailer}), number)
    if status is Status.RECEIVED:
        gestures.consults(office, number)
    elif status is Status.REFUSED:
        gestures.refuses(office, number)
    elif status is Status.IGNORED:
        late = office.now() + timedelta(days=17)
        followup.neglect(Office(**{**vars(office), "clock": lambda: late}), number)


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.AWAITING_PAYMENT])
def test_every_answer_of_the_bank_meets_every_status_as_the_table_says(office: Office, status: Status) -> None:
    for said in [*ACTS, *UNKNOWN]:
        letter = gestures.ordered(office)
        order = payment.order_form(office, sender_id=letter.sender_id, reference=letter.reference)[1]
        taken_to(status, office, order)
        assert status_of(office, letter.number) is status
        before = dispatches(office, letter.number)
        heard = payment.hear(office, notice(office, order, said, vads_trans_uuid=f"{letter.number}-{said}"))
        act = ACTS.get(said)
        if act is not None and (status, act) in STEPS:
            assert heard is Heard.APPLIED
            assert status_of(office, letter.number) is STEPS[status, act][0]
        else:
            assert heard in (Heard.NO_STEP, Heard.CONCERN)
            assert status_of(office, letter.number) is status, f"{said} moved a letter that was {status}"
        settled = heard is Heard.APPLIED and act is Act.SETTLE
        assert dispatches(office, letter.number) == before + settled


def dispatches(office: Office, number: int) -> int:
    """Return how many times a letter's dispatch was owed."""
    where = (due.c.letter_number == number, due.c.kind.startswith("dispatch:"))
    with office.db.read() as conn:
        return int(conn.scalar(sa.select(sa.func.count()).select_from(due).where(*where)) or 0)


def again(office: Office, letter: Letter) -> dict[str, str]:
    """Leave for the bank once more, and return the fields of the newest order."""
    payment.begin(office, sender_id=letter.sender_id, reference=letter.reference)
    return payment.order_form(office, sender_id=letter.sender_id, reference=letter.reference)[1]


@pytest.mark.parametrize("said", ["ABANDONED", "EXPIRED", "CANCELLED", "REFUSED", "CAPTURE_FAILED"])
def test_what_failed_of_an_older_order_does_not_touch_the_one_that_is_being_paid(either: Office, said: str) -> None:
    letter = gestures.ordered(either)
    old = payment.order_form(either, sender_id=letter.sender_id, reference=letter.reference)[1]
    new = again(either, letter)
    assert payment.hear(either, notice(either, old, said)) is Heard.NO_STEP
    assert status_of(either) is Status.CHECKING_PAYMENT
    assert payment.hear(either, notice(either, new, "AUTHORISED")) is Heard.APPLIED
    assert status_of(either) is Status.AWAITING_DISPATCH


@pytest.mark.parametrize("said", ["ABANDONED", "EXPIRED", "REFUSED"])
def test_money_that_comes_after_all_is_never_kept_for_nothing(either: Office, said: str) -> None:
    letter = gestures.ordered(either)
    old = payment.order_form(either, sender_id=letter.sender_id, reference=letter.reference)[1]
    new = again(either, letter)
    assert payment.hear(either, notice(either, new, said)) is Heard.APPLIED
    assert payment.hear(either, notice(either, old, "AUTHORISED")) is Heard.APPLIED
    gestures.works(either)
    assert status_of(either) is Status.SENT
    assert payment.concerns(either) == []


def test_a_letter_that_was_given_up_is_paid_again_and_leaves(town: Town) -> None:
    sender = town.sender()
    reference = sender.deposits(outcome="abandon")
    assert status_of(town.office) is Status.CANCELLED
    assert "vous pouvez essayer de nouveau" in sender.gets(f"/paiement/retour?vads_order_id={reference}").text
    assert "vous pouvez encore la payer" in sender.sees(reference)
    sender.posts(f"/lettres/{reference}/paiement")
    sender.follows()
    sender.pays()
    town.works()
    assert status_of(town.office) is Status.SENT


def test_a_sender_gives_up_an_unpaid_letter_and_not_one_that_is_paid(town: Town) -> None:
    sender, office = town.sender(), town.office
    letter = gestures.ordered(office)
    told = gestures.notice(office, letter)
    assert "Annuler l’envoi" in sender.sees(letter.reference)
    assert sender.posts(f"/lettres/{letter.reference}/annuler").status_code == 303
    assert "Envoi annulé par l’expéditeur" in sender.follows().text
    assert status_of(office) is Status.CANCELLED
    assert payment.hear(office, told) is Heard.APPLIED, "the bank has the money: the letter leaves"
    assert "Annuler l’envoi" not in sender.sees(letter.reference)
    assert sender.posts(f"/lettres/{letter.reference}/annuler").status_code == 409
    assert status_of(office) is Status.AWAITING_DISPATCH


@pytest.mark.parametrize("said", [*UNKNOWN, "AUTHORISED_TO_VALIDATE"])
def test_a_status_that_nobody_foresaw_or_that_waits_for_a_hand_is_shown_to_the_operator(
    office: Office, said: str
) -> None:
    letter = gestures.ordered(office)
    order = payment.order_form(office, sender_id=letter.sender_id, reference=letter.reference)[1]
    assert payment.hear(office, notice(office, order, said)) is Heard.CONCERN
    (concern,) = payment.concerns(office)
    assert (concern.reference, concern.trans_status) == (letter.reference, said)


def test_money_taken_twice_and_money_taken_back_are_shown_until_somebody_has_looked(office: Office) -> None:
    letter = gestures.ordered(office)
    old = payment.order_form(office, sender_id=letter.sender_id, reference=letter.reference)[1]
    new = again(office, letter)
    assert payment.hear(office, notice(office, old, "AUTHORISED", vads_trans_uuid="one")) is Heard.APPLIED
    assert payment.hear(office, notice(office, old, "CAPTURED", vads_trans_uuid="one")) is Heard.NO_STEP
    assert payment.hear(office, notice(office, new, "AUTHORISED", vads_trans_uuid="two")) is Heard.CONCERN
    assert payment.hear(office, notice(office, old, "CAPTURE_FAILED", vads_trans_uuid="one")) is Heard.CONCERN
    assert payment.hear(office, notice(office, new, "CANCELLED", vads_trans_uuid="two")) is Heard.NO_STEP
    assert [one.trans_status for one in payment.concerns(office)] == ["AUTHORISED", "CAPTURE_FAILED"]
    for one in payment.concerns(office):
        payment.looked_at(office, one.id)
    assert payment.concerns(office) == []
    with pytest.raises(NotFound):
        payment.looked_at(office, 1)


def test_doctor_fails_and_names_a_notice_that_waits_to_be_looked_at(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LSE_HOME", str(office.settings.home))
    run = CliRunner().invoke
    assert run(lse, ["doctor"]).exit_code == 0
    letter = gestures.ordered(office)
    order = payment.order_form(office, sender_id=letter.sender_id, reference=letter.reference)[1]
    payment.hear(office, notice(office, order, "SUSPENDED"))
    told = run(lse, ["doctor"])
    assert told.exit_code == 1
    assert f"SUSPENDED for {letter.reference}" in told.output
    assert run(lse, ["looked-at", "1"]).exit_code == 0
    assert run(lse, ["doctor"]).exit_code == 0
    assert run(lse, ["looked-at", "1"]).exit_code == 1


def test_a_notice_of_concern_is_a_warning_in_the_log(town: Town) -> None:
    order, told = ordered(town), []

    class Log:
        def info(self, event: str, **more: str) -> None:
            told.append(("info", event, more.get("heard")))

        def warning(self, event: str, **more: str) -> None:
            told.append(("warning", event, more.get("heard")))

    town.app.extensions["log"] = Log()
    for said in ("INITIAL", "SUSPENDED"):
        form = notice(town.office, order, said)
        town.app.test_client().post("/paiement/notification", base_url=town.base_url, data=form)
    assert ("info", "notice", "no-step") in told
    assert ("warning", "notice", "concern") in told


def test_a_repeated_notice_heard_at_the_same_moment_is_told_so(either: Office) -> None:
    for position in range(10):
        letter = gestures.ordered(either)
        told = notice(
            either,
            payment.order_form(either, sender_id=letter.sender_id, reference=letter.reference)[1],
            "AUTHORISED",
            vads_trans_uuid=f"uuid-{position}",
        )
        together = Barrier(3)

        def hears(together: Barrier = together, told: dict[str, str] = told) -> str:
            together.wait(20)
            return payment.hear(either, told).value

        with ThreadPoolExecutor(3) as threads:
            heard = [future.result() for future in [threads.submit(hears) for _ in range(3)]]
        assert sorted(heard) == ["applied", "repeated", "repeated"]


def test_the_text_of_a_fault_of_the_database_holds_no_value_of_a_row(either: Office) -> None:
    gestures.person(either)
    with either.db.read() as conn:
        row = dict(conn.execute(sa.select(people)).one()._mapping)
    twice = people.insert().values({**row, "id": 99})
    with pytest.raises(IntegrityError) as caught, either.db.write() as conn:
        conn.execute(twice)
    told = "".join(traceback.format_exception(caught.value))
    assert "constraint" in told
    assert gestures.SENDER not in told


def test_a_notice_is_heard_once_however_often_it_comes(town: Town) -> None:
    order, office = ordered(town), town.office
    paid = notice(office, order, "AUTHORISED")
    assert [payment.hear(office, paid) for _ in range(4)] == [Heard.APPLIED, *[Heard.REPEATED] * 3]
    with office.db.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(notices)) == 1
        told = conn.scalars(sa.select(journal.c.event).where(journal.c.event.contains("SubmissionAcceptance")))
        assert len(list(told)) == 1


def test_a_second_status_of_the_same_transaction_is_another_notice(town: Town) -> None:
    order, office = ordered(town), town.office
    same = {"vads_trans_uuid": "one"}
    assert payment.hear(office, notice(office, order, "UNDER_VERIFICATION", **same)) is Heard.NO_STEP
    assert payment.hear(office, notice(office, order, "AUTHORISED", **same)) is Heard.APPLIED
    assert payment.hear(office, notice(office, order, "CAPTURED", **same)) is Heard.NO_STEP


@pytest.mark.parametrize(
    "other",
    [
        {"vads_order_id": "LSE260414-000099"},
        {"vads_order_id": ""},
        {"vads_amount": "1"},
        {"vads_amount": "40000"},
        {"vads_trans_id": "zzzzzz"},
        {"vads_trans_date": "20200101000000"},
        {"vads_ctx_mode": "PRODUCTION"},
        {"vads_operation_type": "CREDIT"},
        {"vads_currency": "978"},
    ],
    ids=str,
)
def test_an_authentic_notice_about_another_order_moves_nothing(town: Town, other: dict[str, str]) -> None:
    order, office = ordered(town), town.office
    with pytest.raises(NoticeRejected):
        payment.hear(office, notice(office, order, "AUTHORISED", **other))
    assert status_of(office) is Status.CHECKING_PAYMENT


def test_a_letter_is_paid_by_its_own_sender_and_only_while_something_is_to_pay(town: Town) -> None:
    order, office = ordered(town), town.office
    reference = order["vads_order_id"]
    with pytest.raises(NotFound):
        payment.begin(office, sender_id=999, reference=reference)
    with pytest.raises(NotFound):
        payment.order_form(office, sender_id=999, reference=reference)
    payment.hear(office, notice(office, order, "AUTHORISED"))
    with pytest.raises(StepImpossible):
        payment.begin(office, sender_id=1, reference=reference)
    with pytest.raises(NotFound):
        payment.order_form(office, sender_id=1, reference=reference)


def test_each_try_at_the_bank_has_an_id_of_its_own_and_an_older_one_still_counts(town: Town) -> None:
    order, office = ordered(town), town.office
    payment.begin(office, sender_id=1, reference=order["vads_order_id"])
    with office.db.read() as conn:
        tries = list(conn.scalars(sa.select(payments.c.trans_id).order_by(payments.c.id)))
    assert len(set(tries)) == 2
    assert all(len(one) == 6 and one.isalnum() and one.isascii() for one in tries)
    assert payment.hear(office, notice(office, order, "AUTHORISED")) is Heard.APPLIED
