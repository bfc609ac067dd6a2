"""Many processes, one letter: one act, one bound prefix, one proof, one file; on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from portal import worker
from portal.adapters.mail import Answer, Mail, Mailbox
from portal.adapters.store import LocalStore
from portal.db import tables, visits
from portal.domain.errors import Denied
from portal.domain.lifecycle import Status
from portal.domain.people import Person
from portal.office import Office
from portal.services import consult, deposit, payment, register
from portal.services.consult import BOUND, Visitor
from portal.services.register import open_letter
from tests.stories.actors import Town
from tests.withstand import gestures, invariants
from tests.withstand.conftest import Processes

PROCESSES = 8


def _all_letters(numbers: list[int], client: int, office: Office) -> list[str]:
    """Consult each letter from one client's address, and return what became of each try."""
    told = []
    for number in numbers:
        try:
            gestures.consults(office, number, Visitor(prefix=f"203.0.113.{client}/32"))
            told.append("let in")
        except Denied as fault:
            told.append(type(fault).__name__)
    return told


def _works(office: Office) -> int:
    done = 0
    while some := worker.work_once(office, gestures.log()):
        done += some
    return done


class Counting(Mailbox):
    """A mailbox that remembers each hand-over: one message repeated stands in the folder once."""

    def __init__(self, office: Office) -> None:
        super().__init__(office.settings.home / "mailbox")
        self.handed: list[str] = []

    def hand_over(self, mail: Mail, *, now: datetime) -> Answer:
        self.handed.append(mail.message_id)
        return super().hand_over(mail, now=now)


def _hands_over(office: Office) -> list[str]:
    mailbox = Counting(office)
    _works(replace(office, mailer=mailbox))
    return mailbox.handed


def _refuses(numbers: list[int], office: Office) -> list[str]:
    told = []
    for number in numbers:
        try:
            gestures.refuses(office, number)
            told.append("done")
        except Denied as fault:
            told.append(type(fault).__name__)
    return told


def _deposits(sender: Person, draft: str, office: Office) -> str | None:
    try:
        return deposit.deposit(office, sender, draft).reference
    except Denied:
        return None


def _clicks(path: str, version: str, office: Office) -> tuple[int, str]:
    """Press "Payer" in a browser of this process's own, and return where it led."""
    sender = Town(office, gestures.log()).sender()
    answer = sender.posts(path, {"accept_sales": "y", "version": version})
    return answer.status_code, str(answer.headers.get("Location"))


def _hears(told: dict[str, str], office: Office) -> str:
    return payment.hear(office, told).value


def test_eight_processes_that_consult_the_same_letters_make_one_act_each(either: Office, processes: Processes) -> None:
    numbers = [gestures.bought(either).number for _ in range(5)]
    gestures.works(either)
    before = invariants.hold(either)

    told = processes.at_once(either, [partial(_all_letters, numbers, client) for client in range(1, PROCESSES + 1)])
    # A second try of the same client would be let in again: each client tries once, so one is let in for each letter.
    for tries in zip(*told, strict=True):
        assert sorted(set(tries)) == ["OtherDevice", "let in"]
        assert tries.count("let in") == 1
    bound = []
    for number in numbers:
        assert invariants.events(either, number).count("ConsignmentAcceptance") == 1
        assert gestures.kinds(either, number) == ["EV", "AR"]
        opened = open_letter(either, gestures.seen(either, number))
        assert opened.letter.bound is not None
        bound.append(either.vault.open(opened.key, opened.letter.bound, BOUND).decode())
    winners = [tries.index("let in") + 1 for tries in zip(*told, strict=True)]
    assert bound == [f"203.0.113.{winner}/32" for winner in winners]

    held = len(set(LocalStore(either.settings.home / "vault").ids()))
    processes.at_once(either, [_works, _works])
    invariants.nothing_is_owed(either)
    invariants.hold(either, since=before)
    assert len(set(LocalStore(either.settings.home / "vault").ids())) == held + len(numbers), "one file for each AR"


def test_two_workers_send_each_mail_once(either: Office, processes: Processes) -> None:
    numbers = [gestures.bought(either, to=f"personne{index}@exemple.nc").number for index in range(4)]
    handed = processes.at_once(either, [_hands_over, _hands_over])
    invariants.nothing_is_owed(either)
    invariants.hold(either)
    assert [gestures.seen(either, number).status for number in numbers] == [Status.SENT] * 4
    identifiers = [message_id for one in handed for message_id in one]
    assert len(identifiers) == len(set(identifiers)) == 4 * 3, "a notification, a receipt of payment and an EV each"


def test_consulting_and_refusing_at_once_make_one_of_the_two(either: Office, processes: Processes) -> None:
    numbers = [gestures.sent(either).number for _ in range(4)]
    consulted, refused = processes.at_once(either, [partial(_all_letters, numbers, 7), partial(_refuses, numbers)])
    for number, one, other in zip(numbers, consulted, refused, strict=True):
        status = gestures.seen(either, number).status
        assert status in (Status.RECEIVED, Status.REFUSED)
        assert (one, other) == (("let in", "LetterSettled") if status is Status.RECEIVED else ("LetterSettled", "done"))
    gestures.works(either)
    invariants.hold(either)


def test_a_draft_paid_twice_at_once_becomes_one_letter(either: Office, processes: Processes) -> None:
    draft, sender = gestures.drafted(either), gestures.person(either)
    made = processes.at_once(either, [partial(_deposits, sender, draft)] * 4)
    assert len([reference for reference in made if reference]) == 1


def test_one_button_pressed_in_eight_processes_leads_them_all_to_one_letter(
    either: Office, processes: Processes
) -> None:
    sender = Town(either, gestures.log()).sender()
    recap = sender.writes("Bonjour")
    press = partial(_clicks, recap.replace("recapitulatif", "payer"), sender.version())
    told = processes.at_once(either, [press] * PROCESSES)
    assert len(set(told)) == 1
    status, where = told[0]
    assert (status, sender.gets(where).status_code) == (303, 200)
    with either.db.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(tables.letters)) == 1
    assert invariants.events(either, 1) == ["deposited", "payment-begun"]


def test_the_same_notice_heard_by_four_processes_is_applied_once(either: Office, processes: Processes) -> None:
    letter = gestures.ordered(either)
    told = gestures.notice(either, letter)
    assert sorted(processes.at_once(either, [partial(_hears, told)] * 4)) == [
        "applied",
        "repeated",
        "repeated",
        "repeated",
    ]
    assert invariants.events(either, letter.number).count("SubmissionAcceptance") == 1


def test_letters_deposited_at_once_have_references_of_their_own(either: Office, processes: Processes) -> None:
    sender = gestures.person(either)
    drafts = [gestures.drafted(either) for _ in range(6)]
    made = processes.at_once(either, [partial(_deposits, sender, draft) for draft in drafts])
    assert None not in made
    assert len(set(made)) == len(drafts)


def _guesses(link: str, digits: str, client: int, office: Office) -> str:
    try:
        consult.rebind(office, link, Visitor(prefix=f"203.0.113.{client}/32"), digits=digits)
    except Denied as fault:
        return type(fault).__name__
    return "let in"


def _asked(office: Office) -> tuple[str, str]:
    """Consult a letter, ask for a code to bind it anew, and return its token and the code."""
    letter = gestures.presented(office)
    gestures.consults(office, letter.number)
    link = gestures.token(office, letter.number)
    consult.ask_code(office, link, gestures.STRANGER)
    with office.db.read() as conn:
        opened, code = register.by_number(conn, office, letter.number), visits.code(conn, letter.number)
    assert code is not None
    return link, office.vault.open(opened.key, code.sealed, consult.CODE).decode()


def test_a_code_tried_by_all_at_once_binds_for_one_and_allows_no_sixth_try(
    either: Office, processes: Processes
) -> None:
    office = Office(**{**vars(either), "settings": replace(either.settings, rebind="mailbox")})
    link, right = _asked(office)
    told = processes.at_once(office, [partial(_guesses, link, right, client) for client in range(1, 5)])
    assert sorted(told) == ["CodeWrong", "CodeWrong", "CodeWrong", "let in"]
    assert invariants.events(office, 1).count("rebound") == 1

    link, right = _asked(office)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    processes.at_once(office, [partial(_guesses, link, wrong, client) for client in range(1, PROCESSES + 1)])
    with office.db.read() as conn:
        assert conn.scalar(sa.select(tables.rebind_codes.c.tries)) == consult.CODE_TRIES
    assert _guesses(link, right, 9, office) == "CodeWrong"
