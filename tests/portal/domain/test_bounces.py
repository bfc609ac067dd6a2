"""Whose fault a refused mail is."""

from __future__ import annotations

import pytest

from portal.domain.bounces import cause
from verifier.statement import Cause

OURS = [
    "5.1.7", "5.1.8", "5.2.3", "5.3.4", "5.5.0", "5.5.1", "5.5.4", "5.6.0", "5.6.7", "5.7.0", "5.7.1", "5.7.26", "5.7.509",
    "5.7.515", "500", "502", "503", "504", "530", "534", "535", "538", "555",
]  # fmt: skip
THEIRS = {
    "5.1.0": Cause.NO_SUCH_MAILBOX,
    "5.1.1": Cause.NO_SUCH_MAILBOX,
    "5.1.3": Cause.NO_SUCH_MAILBOX,
    "5.1.6": Cause.NO_SUCH_MAILBOX,
    "5.1.20": Cause.NO_SUCH_MAILBOX,
    "5.1.2": Cause.NO_SUCH_DOMAIN,
    "5.1.10": Cause.NO_SUCH_DOMAIN,
    "5.4.4": Cause.NO_SUCH_DOMAIN,
    "5.2.1": Cause.MAILBOX_DISABLED,
    "5.2.2": Cause.MAILBOX_FULL,
    "5.2.0": Cause.HOST_FAILURE,
    "5.2.4": Cause.HOST_FAILURE,
    "5.3.0": Cause.HOST_FAILURE,
    "5.3.2": Cause.HOST_FAILURE,
    "5.4.1": Cause.HOST_FAILURE,
    "5.4.6": Cause.HOST_FAILURE,
    "501": Cause.NO_SUCH_MAILBOX,
    "521": Cause.NO_SUCH_DOMAIN,
    "550": Cause.NO_SUCH_MAILBOX,
    "551": Cause.NO_SUCH_MAILBOX,
    "552": Cause.MAILBOX_FULL,
    "553": Cause.NO_SUCH_MAILBOX,
    "556": Cause.NO_SUCH_DOMAIN,
    "554": Cause.HOST_FAILURE,
    "4.2.2": Cause.HOST_FAILURE,
    "5.0.0": Cause.HOST_FAILURE,
}


@pytest.mark.parametrize("code", OURS)
def test_a_fault_of_the_sender_or_the_operator_never_makes_a_proof(code: str) -> None:
    assert cause(code, direct=True) is None


@pytest.mark.parametrize(("code", "expected"), THEIRS.items())
def test_a_fault_of_the_recipients_side_is_named(code: str, expected: Cause) -> None:
    assert cause(code, direct=True) is expected


def test_the_guides_own_sample_would_not_be_a_proof_of_non_delivery() -> None:
    assert cause("5.7.509", direct=True) is None


LISTED = {code for code in THEIRS if code.startswith("5.1.") or code in ("5.2.1", "5.2.2", "5.4.4")}


@pytest.mark.parametrize("code", sorted({*OURS, *THEIRS} - LISTED))
def test_our_own_relay_blames_the_recipient_by_no_code_that_could_mean_us(code: str) -> None:
    assert cause(code, direct=False) is None


@pytest.mark.parametrize("code", sorted(LISTED))
def test_our_own_relay_may_say_that_the_address_does_not_exist_or_takes_nothing(code: str) -> None:
    assert cause(code, direct=False) is THEIRS[code]
