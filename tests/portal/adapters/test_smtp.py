"""Real mail servers that accept, refuse, hesitate, hang up, or are not there."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from portal.adapters.mail import Accepted, Answer, Declined, Postponed, SmtpMailer
from portal.domain.bounces import cause
from tests.portal.adapters.test_mail import MAIL, NOW

Reply = str | None


class Server:
    """A mail server that answers each step as told; None takes the library's answer."""

    def __init__(self, *, rcpt: Reply = None, data: Reply = None, mail: Reply = None) -> None:
        self.rcpt, self.data, self.mail = rcpt, data, mail
        self.taken: list[Envelope] = []

    async def handle_MAIL(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.mail or "250 2.1.0 OK"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.data:
            return self.data
        self.taken.append(envelope)
        return "250 2.0.0 queued as 4F2A"


class Refusing(SMTP):
    """Refuses the DATA command itself, before any content."""

    async def smtp_DATA(self, arg: str) -> None:
        await self.push("554 5.7.1 no content from you")


class Rude(SMTP):
    """Takes the mail, and answers the good-bye with an error."""

    async def smtp_QUIT(self, arg: str) -> None:
        await self.push("421 4.3.2 going down")


class HangingUp(SMTP):
    """Closes the line where the mail's content should follow."""

    async def smtp_DATA(self, arg: str) -> None:
        assert self.transport is not None
        self.transport.close()


class SlammingTheDoor(SMTP):
    """Refuses the recipient and closes the line at once."""

    async def smtp_RCPT(self, arg: str) -> None:
        await self.push("550 5.1.1 no such user")
        assert self.transport is not None
        self.transport.close()


@contextmanager
def listening(server: Server, kind: type[SMTP] = SMTP, *, utf8: bool = True) -> Iterator[int]:
    """Run a server on a free port of this machine and yield the port."""

    class Here(Controller):
        def factory(self) -> SMTP:
            return kind(self.handler, enable_SMTPUTF8=utf8, hostname="mx.exemple.nc", loop=self.loop)

    controller = Here(server, hostname="127.0.0.1", port=free_port(), loop=asyncio.new_event_loop())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answer(server: Server, kind: type[SMTP] = SMTP, *, to: str = MAIL.to, utf8: bool = True) -> Answer:
    with listening(server, kind, utf8=utf8) as port:
        return SmtpMailer(f"smtp://127.0.0.1:{port}").hand_over(replace(MAIL, to=to), now=NOW)


def test_a_server_that_accepts_is_named_with_its_very_words() -> None:
    server = Server()
    assert answer(server) == Accepted("127.0.0.1", direct=False, reply="250 2.0.0 queued as 4F2A")
    (envelope,) = server.taken
    assert envelope.mail_from == MAIL.sender
    assert envelope.rcpt_tos == [MAIL.to]
    assert isinstance(envelope.content, bytes)
    assert b"Message-ID: <lse-1@lse.example>" in envelope.content


REFUSALS: list[tuple[dict[str, str], Callable[[Any], bool]]] = [
    (
        {"rcpt": "550 5.1.1 unknown user"},
        lambda it: it == Declined("127.0.0.1", "5.1.1", "550 5.1.1 unknown user", True),
    ),
    ({"rcpt": "550 unknown user"}, lambda it: (it.code, it.at_recipient) == ("550", True)),
    ({"rcpt": "550-first\r\n550 5.2.1 disabled"}, lambda it: it.at_recipient and "disabled" in it.reply),
    ({"rcpt": "554 1.2.x odd"}, lambda it: it.code == "554"),
    ({"mail": "553 5.7.1 not from here"}, lambda it: (it.code, it.at_recipient) == ("5.7.1", False)),
    ({"data": "554 5.7.509 DMARC"}, lambda it: (it.code, it.at_recipient) == ("5.7.509", False)),
    ({"data": "552 5.3.4 too big"}, lambda it: (it.code, it.at_recipient) == ("5.3.4", False)),
]


@pytest.mark.parametrize(("replies", "expected"), REFUSALS, ids=[str(replies) for replies, _ in REFUSALS])
def test_a_permanent_refusal_keeps_its_code_and_the_step_it_answered(
    replies: dict[str, str], expected: Callable[[Any], bool]
) -> None:
    found = answer(Server(**replies))
    assert isinstance(found, Declined)
    assert expected(found), found


@pytest.mark.parametrize(
    "replies",
    [{"rcpt": "451 4.7.1 greylisted"}, {"mail": "421 4.3.2 busy"}, {"data": "452 4.2.2 full for now"}],
    ids=str,
)
def test_a_temporary_refusal_decides_nothing(replies: dict[str, str]) -> None:
    found = answer(Server(**replies))
    assert isinstance(found, Postponed)
    assert found.reason == next(iter(replies.values()))


def test_a_refusal_of_the_data_command_is_a_refusal() -> None:
    found = answer(Server(), Refusing)
    assert isinstance(found, Declined)
    assert (found.code, found.at_recipient) == ("5.7.1", False)


def test_what_a_server_says_at_the_good_bye_takes_nothing_back() -> None:
    server = Server()
    assert isinstance(answer(server, Rude), Accepted)
    assert len(server.taken) == 1


def test_a_refusal_stands_though_the_line_is_closed_after_it() -> None:
    found = answer(Server(), SlammingTheDoor)
    assert isinstance(found, Declined)
    assert (found.code, found.at_recipient) == ("5.1.1", True)


def test_a_line_that_breaks_before_any_answer_decides_nothing() -> None:
    assert isinstance(answer(Server(), HangingUp), Postponed)


class Dripping(SMTP):
    """Answers RCPT in a line without end, a byte at a time."""

    async def smtp_RCPT(self, arg: str) -> None:
        assert self.transport is not None
        for _ in range(100):
            self.transport.write(b"2")
            await asyncio.sleep(0.05)


def test_a_server_that_drips_has_no_more_time_than_another() -> None:
    with listening(Server(), Dripping) as port:
        began = time.monotonic()
        found = SmtpMailer(f"smtp://127.0.0.1:{port}", dialogue=0.4).hand_over(MAIL, now=NOW)
    assert isinstance(found, Postponed)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "reply",
    ["550 relay not permitted", "554 Relay access denied", "550 authentication required", "550 SPF check failed"],
)
def test_what_our_relay_refuses_us_is_no_fault_of_the_recipient(reply: str) -> None:
    found = answer(Server(rcpt=reply))
    assert isinstance(found, Declined)
    assert not found.direct
    assert cause(found.code, direct=found.direct) is None


def test_a_server_that_is_not_there_decides_nothing() -> None:
    found = SmtpMailer(f"smtp://127.0.0.1:{free_port()}").hand_over(MAIL, now=NOW)
    assert found == Postponed("ConnectionRefusedError")


def test_credentials_are_not_sent_in_the_clear() -> None:
    server = Server()
    with listening(server) as port:
        found = SmtpMailer(f"smtp://me:secret@127.0.0.1:{port}").hand_over(MAIL, now=NOW)
    assert found == Postponed("SMTPNotSupportedError")
    assert server.taken == []


def test_an_address_in_another_script_is_handed_to_a_server_that_takes_it() -> None:
    server = Server()
    assert isinstance(answer(server, to="hélène@exemple.nc"), Accepted)
    assert server.taken[0].rcpt_tos == ["hélène@exemple.nc"]


def test_an_address_that_the_server_cannot_take_is_no_fault_of_the_recipient() -> None:
    found = answer(Server(), to="hélène@exemple.nc", utf8=False)
    assert isinstance(found, Declined)
    assert (found.code, found.at_recipient) == ("5.6.7", False)


def test_a_reply_in_any_bytes_becomes_one_printable_line() -> None:
    found = answer(Server(rcpt="550 5.1.1 " + "é\tx" * 200))
    assert isinstance(found, Declined)
    assert found.reply.isprintable()
    assert len(found.reply) <= 204
