"""Handing mail to a mail server, and what it answers. The answer is evidence: host, code and text are kept.

`smtplib`'s high-level call throws the server's last reply away, so the steps of the dialogue are made one by one.
"""

from __future__ import annotations

import hashlib
import os
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.errors import NonASCIILocalPartDefect
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

TIMEOUT = 30
"""Seconds that a server has for each answer."""
DIALOGUE = 100
"""Seconds that a server has to take a mail, all its answers together; half as many to greet and to encrypt."""


@dataclass(frozen=True)
class Enclosure:
    """A file that goes with a mail (only proofs, and only to senders)."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """One message to one person."""

    message_id: str
    """``<…@domain>``; the same at every repeat."""
    sender: str
    """Our own address; nobody else's is ever used."""
    sender_name: str
    to: str
    subject: str
    text: str
    html: str
    language: str
    reply_to: str | None = None
    enclosures: tuple[Enclosure, ...] = ()


@dataclass(frozen=True)
class Accepted:
    """A mail server took the message over."""

    host: str
    direct: bool
    """True: the recipient's own server; False: our relay."""
    reply: str


@dataclass(frozen=True)
class Declined:
    """A mail server will never take this message (5xx)."""

    host: str
    code: str
    """Enhanced status code (RFC 3463) where the server gave one, else the three digits."""
    reply: str
    at_recipient: bool
    """Whether the refusal answered RCPT, that is, concerns the recipient's address."""
    direct: bool = False
    """True: said by the recipient's own server; False: by our relay, which also refuses for reasons of its own."""


@dataclass(frozen=True)
class Postponed:
    """No decision: a temporary refusal, or no server."""

    reason: str


class NotAcceptedYet(RuntimeError):
    """No mail server has decided; the work is put off."""


Answer = Accepted | Declined | Postponed


class Mailer(Protocol):
    def hand_over(self, mail: Mail, *, now: datetime) -> Answer:
        """Give `mail` to a server and return its answer; a mail repeated has the same Message-ID."""


class _Folding(policy.EmailPolicy):
    """The library's policy, but for long names, which it folds between encoded words with a space too many."""

    def fold(self, name: str, value: Any) -> str:
        addresses: tuple[Address, ...] = getattr(value, "addresses", ())
        if len(addresses) != 1 or addresses[0].display_name.isascii():
            return str(super().fold(name, value))
        # RFC 2047 §5 (3): a phrase of encoded words, each whole characters and at most 75 columns.
        words = Header(addresses[0].display_name, "utf-8", header_name=name, maxlinelen=75).encode(linesep="\r\n")
        return f"{name}: {words}\r\n <{addresses[0].addr_spec}>\r\n"

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode("utf-8" if self.utf8 else "ascii", "surrogateescape")


FOLDING = _Folding(linesep="\r\n")
FOLDING_UTF8 = _Folding(linesep="\r\n", utf8=True)


def compose(mail: Mail, *, now: datetime) -> EmailMessage:
    """Return the MIME message. Headers come from typed parts only, so that no text can add a header."""
    message = EmailMessage(policy=FOLDING)
    message["Message-ID"] = mail.message_id
    message["Date"] = format_datetime(now)
    message["From"] = _address(mail.sender_name, mail.sender)
    message["To"] = _address("", mail.to)
    if mail.reply_to:
        message["Reply-To"] = _address("", mail.reply_to)
    message["Subject"] = _one_line(mail.subject)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    for part in message.iter_parts():
        part["Content-Language"] = mail.language
    for enclosure in mail.enclosures:
        kind, _, subtype = enclosure.media_type.partition("/")
        message.add_attachment(enclosure.content, maintype=kind, subtype=subtype, filename=enclosure.name)
    return message


def _address(name: str, email: str) -> Address:
    # RFC 2047 encodes the rest; these five would let a name pose as an address.
    if "=?" in email:
        raise ValueError("mail address: got an encoded word, expected an address")
    shown = _one_line("".join(character for character in name if character not in '<>@",')).strip()
    try:
        return Address(display_name=shown, addr_spec=email)
    except NonASCIILocalPartDefect:  # lawful since RFC 6532 §3.2; the library takes it in parts only
        local, _, domain = email.rpartition("@")
        return Address(display_name=shown, username=local, domain=domain)


def _one_line(text: str) -> str:
    """Write any run of spaces, controls and line separators as one space; a no-break space stays what it is."""
    # The library would take `=?…?=` for an encoded word (RFC 2047) and write out what it decodes to, line ends too.
    return re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+", " ", text).replace("=?", "= ?")


def _wire(mail: Mail, *, utf8: bool, now: datetime) -> bytes:
    """Return the message as it is sent; with `utf8` its headers are not encoded (RFC 6532)."""
    return compose(mail, now=now).as_bytes(policy=FOLDING_UTF8 if utf8 else FOLDING)


class Mailbox:
    """The demonstration's mail server: keeps every message as a file that a page shows, and delivers nothing.

    Addresses at one domain are refused, as a real server refuses those at a domain that does not exist, so that a proof of
    non-delivery can be seen.
    """

    HOST = "mailbox.lse.example"
    NOWHERE = "nulle-part.example"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def hand_over(self, mail: Mail, *, now: datetime) -> Answer:
        if mail.to.lower().endswith(f"@{self.NOWHERE}"):
            return Declined(
                self.HOST, "5.1.2", "550 5.1.2 The domain of this address does not exist", at_recipient=True
            )
        name = hashlib.sha256(mail.message_id.encode()).hexdigest()[:16] + ".eml"
        fresh = self.folder / f".{name}.{os.getpid()}"
        with fresh.open("wb") as file:
            file.write(_wire(mail, utf8=False, now=now))
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(self.folder / name)  # a repeat replaces, as one Message-ID is one message
        return Accepted(self.HOST, direct=False, reply=f"250 2.0.0 kept as {name}")

    def messages(self) -> Iterator[tuple[str, EmailMessage]]:
        """Yield every message with its id, newest first."""
        found = sorted(self.folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in found:
            yield path.stem, self._read(path)

    def message(self, mail_id: str) -> tuple[EmailMessage, bytes] | None:
        """Return one message, parsed and raw."""
        path = self.folder / f"{mail_id}.eml"
        if not mail_id.isalnum() or not path.is_file():
            return None
        return self._read(path), path.read_bytes()

    @staticmethod
    def _read(path: Path) -> EmailMessage:
        with path.open("rb") as file:
            return BytesParser(policy=policy.default).parse(file)


class SmtpMailer:
    """A mail server reached by SMTP: ``smtp://[user:password@]host[:port]``, ``smtps://`` for TLS from the first byte.

    On plain ``smtp`` TLS is demanded where credentials are sent, and used wherever the server offers it.
    """

    def __init__(
        self, url: str, *, connect: Callable[..., smtplib.SMTP] = smtplib.SMTP, dialogue: float = DIALOGUE
    ) -> None:
        self._parts = urlsplit(url)
        self._connect = connect
        self._dialogue_seconds = dialogue

    def hand_over(self, mail: Mail, *, now: datetime) -> Answer:
        host = self._parts.hostname or "localhost"
        answer: Answer | None = None
        try:
            with self._open(host) as server, _cut_after(self._dialogue_seconds, server):
                answer = self._dialogue(server, host, mail, now=now)
        except (smtplib.SMTPException, OSError) as fault:
            # What was answered stands, whatever comes of the good-bye: an accepted mail must not be sent again.
            return answer or Postponed(type(fault).__name__)
        return answer

    def _open(self, host: str) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, self._parts.port or 465, timeout=TIMEOUT, context=context)
        else:
            server = self._connect(host, self._parts.port or 25, timeout=TIMEOUT)
        try:
            with _cut_after(self._dialogue_seconds / 2, server):
                self._introduce(server, context)
        except BaseException:
            server.close()
            raise
        return server

    def _introduce(self, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
        server.ehlo_or_helo_if_needed()
        if self._parts.scheme != "smtps":
            if server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            elif self._parts.username:
                raise smtplib.SMTPNotSupportedError("credentials are not sent without TLS")
        if self._parts.username:
            server.login(unquote(self._parts.username), unquote(self._parts.password or ""))

    def _dialogue(self, server: smtplib.SMTP, host: str, mail: Mail, *, now: datetime) -> Answer:
        utf8 = _needs_utf8(mail) and server.has_extn("smtputf8")
        if not utf8 and not mail.to.isascii():
            # RFC 6531 §3.5: the code that the server would give.
            return Declined(host, "5.6.7", "553 5.6.7 the server does not offer SMTPUTF8", at_recipient=False)
        code, text = server.mail(mail.sender, ["SMTPUTF8"] if utf8 else [])
        if code >= 400:
            return _declined(host, code, text, at_recipient=False)
        code, text = server.rcpt(mail.to)
        if code >= 400:
            return _declined(host, code, text, at_recipient=True)
        try:
            code, text = server.data(_wire(mail, utf8=utf8, now=now))
        except smtplib.SMTPDataError as refusal:  # of the command, before any content
            answered = refusal.smtp_error
            code, text = refusal.smtp_code, answered if isinstance(answered, bytes) else answered.encode()
        if code >= 400:
            return _declined(host, code, text, at_recipient=False)
        return Accepted(host, direct=False, reply=f"{code} {_line(text)}")


@contextmanager
def _cut_after(seconds: float, server: smtplib.SMTP) -> Iterator[None]:
    """Close the line after so many seconds: a server that drips its answers is always within the time of the next byte."""

    def cut() -> None:
        with suppress(OSError):
            if server.sock is not None:
                server.sock.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(seconds, cut)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _needs_utf8(mail: Mail) -> bool:
    return not (mail.to.isascii() and (mail.reply_to or "").isascii())


def _declined(host: str, code: int, text: bytes, *, at_recipient: bool) -> Answer:
    if code < 500:
        return Postponed(f"{code} {_line(text)}")
    first = _line(text).split(" ")[0]
    enhanced = first if first.count(".") == 2 and first.replace(".", "").isdigit() else str(code)
    return Declined(host, enhanced, f"{code} {_line(text)}", at_recipient=at_recipient)


def _line(text: bytes) -> str:
    """One printable line of a server's words, at most 200 characters."""
    return " ".join(text.decode("utf-8", "replace").split())[:200]
