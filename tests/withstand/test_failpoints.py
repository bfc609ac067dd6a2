"""A process killed at any edge loses nothing and doubles nothing: a clean one works on from what is on the disk."""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import portal
from portal.adapters.mail import Mailbox
from portal.config import SettingInvalid, Settings
from portal.db.due import LEASE
from portal.domain.lifecycle import Status
from portal.office import Office, open_office
from portal.services import deposit, payment
from tests.conftest import Clock
from tests.withstand import gestures, invariants
from tests.withstand.conftest import Processes

WORK = ("dispatch", "seal", "mail", "neglect")
"""What `{…}` stands for in a failpoint's name: the kinds of work."""


def _reached() -> set[str]:
    """Return the name of every failpoint in the portal's source."""
    names = set()
    for path in Path(portal.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "failpoint.reached":
                names |= _names(node.args[0])
    return names


def _names(argument: ast.expr) -> set[str]:
    if isinstance(argument, ast.Constant):
        return {str(argument.value)}
    assert isinstance(argument, ast.JoinedStr), f"failpoint: got {ast.unparse(argument)}, expected a name"
    parts = [str(part.value) if isinstance(part, ast.Constant) else "{}" for part in argument.values]
    return {"".join(parts).replace("{}", kind) for kind in WORK}


def _deposits(sender: Any, draft: str, office: Office) -> None:
    deposit.deposit(office, sender, draft)


def _pays(sender: int, reference: str, office: Office) -> None:
    payment.begin(office, sender_id=sender, reference=reference)


def _hears(told: dict[str, str], office: Office) -> None:
    payment.hear(office, told)


def _consults(number: int, office: Office) -> None:
    gestures.consults(office, number)


def _refuses(number: int, office: Office) -> None:
    gestures.refuses(office, number)


Again = Callable[[Office], None]


def _nothing_more(_office: Office) -> None:
    """A worker is started again by itself; nobody repeats a gesture for it."""


def _a_deposit(office: Office) -> tuple[Again, Again, Status]:
    make = partial(_deposits, gestures.person(office), gestures.drafted(office))
    return make, make, Status.AWAITING_PAYMENT


def _a_payment(office: Office) -> tuple[Again, Again, Status]:
    letter = gestures.deposited(office)
    make = partial(_pays, letter.sender_id, letter.reference)
    return make, make, Status.CHECKING_PAYMENT


def _a_notice(office: Office) -> tuple[Again, Again, Status]:
    make = partial(_hears, gestures.notice(office, gestures.ordered(office)))
    return make, make, Status.SENT


def _a_consultation(office: Office) -> tuple[Again, Again, Status]:
    make = partial(_consults, gestures.sent(office).number)
    return make, make, Status.RECEIVED


def _a_refusal(office: Office) -> tuple[Again, Again, Status]:
    make = partial(_refuses, gestures.sent(office).number)
    return make, make, Status.REFUSED


def _work_on_a_paid_letter(office: Office) -> tuple[Again, Again, Status]:
    gestures.bought(office)
    return gestures.works, _nothing_more, Status.SENT


def _work_on_a_consulted_letter(office: Office) -> tuple[Again, Again, Status]:
    gestures.consults(office, gestures.sent(office).number)
    return gestures.works, _nothing_more, Status.RECEIVED


def _work_on_a_letter_nobody_opened(office: Office) -> tuple[Again, Again, Status]:
    gestures.sent(office)
    clock = office.clock
    assert isinstance(clock, Clock)
    clock.moves(days=17)
    return gestures.works, _nothing_more, Status.IGNORED


SCENES: dict[str, tuple[Callable[[Office], tuple[Again, Again, Status]], int]] = {
    "deposit:before-commit": (_a_deposit, 0),
    "pay:before-commit": (_a_payment, 0),
    "notice:before-commit": (_a_notice, 3),
    "consult:before-commit": (_a_consultation, 5),
    "consult:committed": (_a_consultation, 5),
    "refuse:before-commit": (_a_refusal, 5),
    "dispatch:handed-over": (_work_on_a_paid_letter, 3),
    "dispatch:before-commit": (_work_on_a_paid_letter, 3),
    "dispatch:committed": (_work_on_a_paid_letter, 3),
    "seal:sealed": (_work_on_a_consulted_letter, 5),
    "seal:stored": (_work_on_a_consulted_letter, 5),
    "seal:before-commit": (_work_on_a_consulted_letter, 5),
    "seal:committed": (_work_on_a_consulted_letter, 5),
    "work:dispatch:claimed": (_work_on_a_paid_letter, 3),
    "work:dispatch:performed": (_work_on_a_paid_letter, 3),
    "work:seal:claimed": (_work_on_a_consulted_letter, 5),
    "work:seal:performed": (_work_on_a_consulted_letter, 5),
    "work:mail:claimed": (_work_on_a_consulted_letter, 5),
    "work:mail:performed": (_work_on_a_consulted_letter, 5),
    "work:neglect:claimed": (_work_on_a_letter_nobody_opened, 4),
    "work:neglect:performed": (_work_on_a_letter_nobody_opened, 4),
}
"""For each failpoint the scene in which it is reached, and how many different mails the letter has caused at its end."""

PROOFS = {
    Status.AWAITING_PAYMENT: [],
    Status.CHECKING_PAYMENT: [],
    Status.SENT: ["EV"],
    Status.RECEIVED: ["EV", "AR"],
    Status.REFUSED: ["EV", "RF"],
    Status.IGNORED: ["EV", "NG"],
}


def test_every_failpoint_of_the_portal_has_a_scene() -> None:
    assert _reached() == set(SCENES)


@pytest.mark.parametrize("name", SCENES)
def test_a_process_killed_there_loses_nothing_and_doubles_nothing(
    office: Office, clock: Clock, processes: Processes, name: str
) -> None:
    prepare, mails = SCENES[name]
    gesture, again, status = prepare(office)
    before = invariants.hold(office)

    assert processes.dies(office, gesture, at=name), f"{name} was not reached"
    invariants.hold(office, since=before)

    clock.now += LEASE + timedelta(seconds=1)  # the dead worker's lease runs out
    again(office)
    gestures.works(office)

    assert gestures.seen(office, 1).status is status
    assert gestures.kinds(office, 1) == PROOFS[status]
    invariants.nothing_is_owed(office)
    invariants.hold(office, since=before)
    assert isinstance(office.mailer, Mailbox)
    identifiers = [str(mail["Message-ID"]) for _, mail in office.mailer.messages()]
    assert len(identifiers) == len(set(identifiers)) == mails, "a repeat has the same Message-ID"
    tellings = invariants.events(office, 1)
    assert all(tellings.count(event) == 1 for event in set(tellings)), "no event stands twice in the journal"


def test_a_failpoint_stops_an_instance_that_is_no_test_from_starting(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAILPOINT", "consult:before-commit")
    env = {"LSE_HOME": str(office.settings.home), "LSE_TEST": "no", "LSE_OPERATOR": "Poste"}
    env |= {"LSE_SMTP_URL": "smtp://localhost", "LSE_MAIL_FROM": "lse@lse.example", "LSE_BANK_SITE": "87654321"}
    with pytest.raises(SettingInvalid, match="FAILPOINT"):
        open_office(Settings.from_env(env))
