"""The table of steps, walked whole."""

from __future__ import annotations

import pytest

from portal.domain.errors import StepImpossible
from portal.domain.lifecycle import OPEN, SETTLED, STEPS, Act, Status, sources, step
from verifier.statement import ProofKind

EVERY = [(status, act) for status in Status for act in Act]


@pytest.mark.parametrize(("status", "act"), EVERY, ids=lambda one: one.value)
def test_every_act_from_every_status_is_a_lawful_step_or_impossible(status: Status, act: Act) -> None:
    if (status, act) in STEPS:
        assert step(status, act) == STEPS[status, act]
        assert status in sources(act)
    else:
        with pytest.raises(StepImpossible, match=f"{act.value} is not a step from {status.value}"):
            step(status, act)
        assert status not in sources(act)


def test_nothing_leaves_a_final_status_and_every_other_can_be_left() -> None:
    left = {status for status, _ in STEPS}
    assert frozenset(Status) - left == SETTLED


def test_every_status_but_the_first_is_reached() -> None:
    assert {entered for entered, _ in STEPS.values()} == set(Status) - {Status.AWAITING_PAYMENT}


def test_each_proof_belongs_to_one_act_and_every_act_of_the_recipient_owes_one() -> None:
    owed = {(act, kind) for (_, act), (_, kind) in STEPS.items() if kind}
    assert owed == {
        (Act.DISPATCH, ProofKind.DISPATCH),
        (Act.CONSULT, ProofKind.RECEIPT),
        (Act.REFUSE, ProofKind.REFUSAL),
        (Act.NEGLECT, ProofKind.NEGLECT),
        (Act.BOUNCE, ProofKind.NON_DELIVERY),
    }


def test_a_recipient_may_choose_from_sent_and_from_undelivered_alone() -> None:
    assert {Status.SENT, Status.UNDELIVERED} == OPEN == set(sources(Act.REFUSE))


def test_an_undelivered_letter_is_never_called_uncollected() -> None:
    assert (Status.UNDELIVERED, Act.NEGLECT) not in STEPS


def test_nothing_is_dispatched_unpaid() -> None:
    assert sources(Act.DISPATCH) == (Status.AWAITING_DISPATCH,)
    ways_in = {act for (_, act), (entered, _) in STEPS.items() if entered is Status.AWAITING_DISPATCH}
    assert ways_in == {Act.SETTLE, Act.MEND}
    assert all(entered is Status.TECHNICAL_ERROR for (_, act), (entered, _) in STEPS.items() if act is Act.FAIL)


def test_no_notice_of_the_bank_moves_a_letter_that_has_left() -> None:
    gone = {Status.SENT, Status.UNDELIVERED, *SETTLED}
    for act in (Act.SETTLE, Act.DECLINE, Act.CANCEL):
        assert gone & set(sources(act)) == set()
