"""The life of a letter: one table of lawful steps. What is not in the table is impossible.

Statuses carry the eleven names of the operator's guide (part 6). A step may owe a proof.
"""

from __future__ import annotations

from enum import StrEnum

from portal.domain.errors import StepImpossible
from verifier.statement import ProofKind


class Status(StrEnum):
    AWAITING_PAYMENT = "awaiting-payment"
    CHECKING_PAYMENT = "checking-payment"
    PAYMENT_REFUSED = "payment-refused"
    CANCELLED = "cancelled"
    AWAITING_DISPATCH = "awaiting-dispatch"
    SENT = "sent"
    UNDELIVERED = "undelivered"
    RECEIVED = "received"
    REFUSED = "refused"
    IGNORED = "ignored"
    TECHNICAL_ERROR = "technical-error"


class Act(StrEnum):
    PAY = "pay"
    """The sender leaves for the bank's page."""
    SETTLE = "settle"
    """The bank's signed notice says that the money is there."""
    DECLINE = "decline"
    CANCEL = "cancel"
    DISPATCH = "dispatch"
    """A mail server accepted the notification."""
    FAIL = "fail"
    """The notification failed by the sender's or the operator's fault."""
    MEND = "mend"
    BOUNCE = "bounce"
    """The recipient's side cannot be reached."""
    CONSULT = "consult"
    REFUSE = "refuse"
    NEGLECT = "neglect"
    """The fifteen days are over."""


S, A, P = Status, Act, ProofKind

STEPS: dict[tuple[Status, Act], tuple[Status, ProofKind | None]] = {
    (S.AWAITING_PAYMENT, A.PAY): (S.CHECKING_PAYMENT, None),
    (S.AWAITING_PAYMENT, A.CANCEL): (S.CANCELLED, None),
    (S.CHECKING_PAYMENT, A.PAY): (S.CHECKING_PAYMENT, None),  # the sender came back from the bank and goes again
    (S.CHECKING_PAYMENT, A.SETTLE): (S.AWAITING_DISPATCH, None),
    (S.CHECKING_PAYMENT, A.DECLINE): (S.PAYMENT_REFUSED, None),
    (S.CHECKING_PAYMENT, A.CANCEL): (S.CANCELLED, None),
    (S.PAYMENT_REFUSED, A.PAY): (S.CHECKING_PAYMENT, None),
    (S.PAYMENT_REFUSED, A.SETTLE): (S.AWAITING_DISPATCH, None),  # a second card, on the bank's own page
    (S.PAYMENT_REFUSED, A.CANCEL): (S.CANCELLED, None),
    # Giving up binds neither side: the sender may pay after all, and a bank that says it has the money is believed.
    (S.CANCELLED, A.PAY): (S.CHECKING_PAYMENT, None),
    (S.CANCELLED, A.SETTLE): (S.AWAITING_DISPATCH, None),
    (S.AWAITING_DISPATCH, A.DISPATCH): (S.SENT, P.DISPATCH),
    (S.AWAITING_DISPATCH, A.BOUNCE): (S.UNDELIVERED, P.NON_DELIVERY),  # refused at once: no dispatch, no link
    (S.AWAITING_DISPATCH, A.FAIL): (S.TECHNICAL_ERROR, None),
    (S.TECHNICAL_ERROR, A.MEND): (S.AWAITING_DISPATCH, None),
    (S.SENT, A.CONSULT): (S.RECEIVED, P.RECEIPT),
    (S.SENT, A.REFUSE): (S.REFUSED, P.REFUSAL),
    (S.SENT, A.NEGLECT): (S.IGNORED, P.NEGLECT),
    (S.SENT, A.BOUNCE): (S.UNDELIVERED, P.NON_DELIVERY),
    (S.SENT, A.FAIL): (S.TECHNICAL_ERROR, None),
    # The mail may have arrived all the same, and a bounce can be forged: until its deadline the letter stays open.
    (S.UNDELIVERED, A.CONSULT): (S.RECEIVED, P.RECEIPT),
    (S.UNDELIVERED, A.REFUSE): (S.REFUSED, P.REFUSAL),
}

SETTLED = frozenset({S.RECEIVED, S.REFUSED, S.IGNORED})
"""Statuses in which the recipient's choice is over, and that nothing leaves."""

OPEN = frozenset(status for status, act in STEPS if act is A.CONSULT)
"""Statuses from which a recipient may consult, as long as the link lives."""


def step(status: Status, act: Act) -> tuple[Status, ProofKind | None]:
    """Return the status that `act` leads to and the proof it owes; raise `StepImpossible`."""
    try:
        return STEPS[status, act]
    except KeyError:
        raise StepImpossible(f"{act.value} is not a step from {status.value}") from None


def sources(act: Act) -> tuple[Status, ...]:
    """Return the statuses that `act` can leave."""
    return tuple(status for status, possible in STEPS if possible is act)
