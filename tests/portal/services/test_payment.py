"""The bank's notices against every status of a letter."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from portal.adapters.gateway import ACTS, sign
from portal.db.tables import due, journal, letters, notices, payments
from portal.domain.errors import NotFound, NoticeRejected, StepImpossible
from portal.domain.lifecycle import STEPS, Status
from portal.office import Office
from portal.services import payment
from portal.services.payment import Heard
from tests.stories.actors import Town

UNKNOWN = ["ACCEPTED", "SUSPENDED", "", "authorised"]


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


def put(office: Office, status: Status) -> None:
    with office.db.write() as conn:
        conn.execute(letters.update().values(status=status.value))


def status_of(office: Office) -> Status:
    with office.db.read() as conn:
        return Status(str(conn.scalar(sa.select(letters.c.status))))


def test_every_answer_of_the_bank_meets_every_status_as_the_table_says(town: Town) -> None:
    order, office = ordered(town), town.office
    for position, status in enumerate(Status):
        for said in [*ACTS, *UNKNOWN]:
            with office.db.write() as conn:
                conn.execute(due.delete())
            put(office, status)
            heard = payment.hear(office, notice(office, order, said, vads_trans_uuid=f"{position}-{said}"))
            act = ACTS.get(said)
            if act is not None and (status, act) in STEPS:
                assert heard is Heard.APPLIED
                assert status_of(office) is STEPS[status, act][0]
            else:
                assert heard is Heard.NO_STEP
                assert status_of(office) is status, f"{said} moved a letter that was {status}"
            with office.db.read() as conn:
                owed = {kind.partition(":")[0] for kind in conn.scalars(sa.select(due.c.kind))}
            paid = status_of(office) is Status.AWAITING_DISPATCH is not status
            assert owed == ({"dispatch", "mail"} if paid else set())


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
