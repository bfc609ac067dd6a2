"""A mail's headers, whatever people are called, and the demonstration's mailbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import HeaderParseError, InvalidHeaderDefect
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from portal.adapters.mail import FOLDING, FOLDING_UTF8, Accepted, Declined, Enclosure, Mail, Mailbox, compose

NOW = datetime(2026, 4, 14, 4, 39, 5, tzinfo=UTC)
MAIL = Mail(
    message_id="<lse-1@lse.example>",
    sender="ne-pas-repondre@lse.example",
    sender_name="Hélène TĀNEʻARII via LSE",
    to="joel@exemple.nc",
    subject="Vous avez reçu une lettre suivie électronique",
    text="Bonjour,\n\nVoici le lien :\nhttps://lse.example/l/abc\n",
    html="<p>Bonjour</p>",
    language="fr",
    reply_to="helene@exemple.nc",
)
HEADERS = {
    "Message-ID", "Date", "From", "To", "Reply-To", "Subject", "Auto-Submitted", "X-Auto-Response-Suppress",
    "MIME-Version", "Content-Type",
}  # fmt: skip


def sent(mail: Mail, *, utf8: bool = False) -> EmailMessage:
    """Return the mail as a recipient's program reads it from the wire."""
    raw = compose(mail, now=NOW).as_bytes(policy=FOLDING_UTF8 if utf8 else FOLDING)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n")), "RFC 5322 §2.1.1"
    return BytesParser(policy=policy.default).parsebytes(raw)


def test_a_mail_carries_exactly_its_headers_and_suffices_without_html() -> None:
    message = sent(MAIL)
    assert set(message.keys()) == HEADERS
    assert message["Message-ID"] == MAIL.message_id
    assert message["Date"].datetime == NOW
    assert message["From"].addresses == (Address("Hélène TĀNEʻARII via LSE", "ne-pas-repondre", "lse.example"),)
    assert message["To"].addresses == (Address("", "joel", "exemple.nc"),)
    assert message["Reply-To"].addresses == (Address("", "helene", "exemple.nc"),)
    assert message["Auto-Submitted"] == "auto-generated"
    assert [(part.get_content_type(), part["Content-Language"]) for part in message.iter_parts()] == [
        ("text/plain", "fr"),
        ("text/html", "fr"),
    ]
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == MAIL.text


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)


@given(TEXT, TEXT)
@example("a\r\nBcc: x@evil.example", "b\r\nBcc: x@evil.example")
@example("<root@evil.example>", "=?utf-8?q?=0D=0ABcc:_x@evil.example?=")
@example("a, b@evil.example, c", "\u2028Bcc: x")
@example('"', "\x00")
@example("=?utf-8?q?=0D=0ABcc:_x@evil.example?=", "de =?utf-8?b?DQpCY2M6IHg=?= bis")
@example("=\x00?utf-8?q?=0D=0ABcc:_x?=", "==??utf-8?q?=0D=0ABcc:_x?=")
@example("é" * 200, "é" * 400)
@example("a" * 300, "b" * 1200)
@settings(deadline=None)
def test_no_name_and_no_subject_can_add_a_header_or_an_address(name: str, subject: str) -> None:
    message = sent(replace(MAIL, sender_name=name, subject=subject))
    assert {key: len(message.get_all(key, [])) for key in message} == dict.fromkeys(HEADERS, 1)
    (sender,) = message["From"].addresses
    assert sender.addr_spec == MAIL.sender
    assert message["To"].addresses == (Address("", "joel", "exemple.nc"),)


@given(st.text("abcdefghijklmnopqrstuvwxyzéèêàçôîïûœĀʻ -.'ABC", min_size=1, max_size=120))
def test_a_name_is_read_as_it_was_written(name: str) -> None:
    raw = compose(replace(MAIL, sender_name=name), now=NOW).as_bytes(policy=FOLDING)
    phrase, _ = parseaddr(message_from_bytes(raw)["From"])
    assert str(make_header(decode_header(phrase))).split() == name.split()


@pytest.mark.parametrize("name", ["", "  ", '<>@",', "x@evil.example", "Joël, dit Jo"])
def test_a_name_never_poses_as_an_address(name: str) -> None:
    (sender,) = sent(replace(MAIL, sender_name=name))["From"].addresses
    assert not set(sender.display_name) & set('<>@",')
    assert sender.addr_spec == MAIL.sender


@pytest.mark.parametrize(
    "to",
    [
        "x@exemple.nc\r\nBcc: y@evil.example",
        "=?utf-8?q?=0D=0ABcc=3A_y?=@exemple.nc",
        "x@exemple.nc, y@evil.example",
        "x",
        "",
        "@exemple.nc",
    ],
)
def test_what_is_not_one_address_is_never_written_as_one(to: str) -> None:
    with pytest.raises((ValueError, HeaderParseError, InvalidHeaderDefect, IndexError)):
        sent(replace(MAIL, to=to))


def test_an_address_in_another_script_goes_out_as_it_is() -> None:
    raw = compose(replace(MAIL, to="hélène@exemple.nc"), now=NOW).as_bytes(policy=FOLDING_UTF8)
    assert "\r\nTo: hélène@exemple.nc\r\n".encode() in raw


def test_a_proof_travels_with_its_name_and_bytes() -> None:
    pdf = b"%PDF-1.7\n" + bytes(range(256)) * 40
    message = sent(replace(MAIL, enclosures=(Enclosure("AR-LSE260414-000006.pdf", "application/pdf", pdf),)))
    (part,) = message.iter_attachments()
    assert part.get_filename() == "AR-LSE260414-000006.pdf"
    assert part.get_content_type() == "application/pdf"
    assert part.get_content() == pdf


def test_the_mailbox_keeps_one_message_for_one_message_id(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path / "mailbox")
    first, again = mailbox.hand_over(MAIL, now=NOW), mailbox.hand_over(MAIL, now=NOW)
    other = mailbox.hand_over(replace(MAIL, message_id="<lse-2@lse.example>"), now=NOW)
    assert isinstance(first, Accepted)
    assert first == again != other
    assert not first.direct
    assert sorted(str(mail["Message-ID"]) for _, mail in mailbox.messages()) == [
        "<lse-1@lse.example>",
        "<lse-2@lse.example>",
    ]
    mail_id, kept = next(iter(mailbox.messages()))
    found = mailbox.message(mail_id)
    assert found is not None
    assert found[0]["Message-ID"] == kept["Message-ID"]


@pytest.mark.parametrize("mail_id", ["", "..", "../secrets/x", "nothing", ".hidden"])
def test_the_mailbox_shows_no_other_file(tmp_path: Path, mail_id: str) -> None:
    assert Mailbox(tmp_path / "mailbox").message(mail_id) is None


@pytest.mark.parametrize("to", ["x@nulle-part.example", "X@NULLE-PART.example"])
def test_the_mailbox_refuses_the_domain_that_does_not_exist(tmp_path: Path, to: str) -> None:
    answer = Mailbox(tmp_path / "mailbox").hand_over(replace(MAIL, to=to), now=NOW)
    assert isinstance(answer, Declined)
    assert answer.code == "5.1.2"
    assert answer.at_recipient


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(name=TEXT, subject=TEXT)
def test_the_mailbox_keeps_what_it_was_given(tmp_path: Path, name: str, subject: str) -> None:
    mailbox = Mailbox(tmp_path / "mailbox")
    mailbox.hand_over(replace(MAIL, sender_name=name, subject=subject), now=NOW)
    ((_, message),) = mailbox.messages()
    assert message["To"].addresses[0].addr_spec == MAIL.to
