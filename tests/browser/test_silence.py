"""After all these visits: what the processes have written names no link, no person and no word of a letter."""

from __future__ import annotations

import email
import re
import socket
from email import policy
from urllib.parse import urlsplit

import pytest

from portal import demo
from tests.browser import test_leaving, test_main_job
from tests.browser.instance import Instance
from tests.stories.actors import body

MESSAGE = "Bonjour,\n\nLe code du portail est le 4-8-15-16.\n"
ATTACHMENT = ("secret de famille.txt", b"La recette tient en trois lignes.\n")
WORDS = (
    *MESSAGE.splitlines(),
    *test_leaving.MESSAGE.splitlines(),
    *demo.MESSAGE.splitlines(),
    *demo.ATTACHMENT.splitlines(),
    "Voici la convocation",
    "Voici de quoi refuser",
    ATTACHMENT[0],
    ATTACHMENT[1].decode().strip(),
    *(name for name, _ in test_main_job.FILES),
)
"""Words of the letters that these tests send: each line that is long enough to be nothing else."""
_LINK = re.compile(r"/l/([\w.-]+)")
_PEOPLE = re.compile(r"[\w.+-]+@exemple\.nc")


def mailed(instance: Instance) -> tuple[set[str], set[str]]:
    """Return the tokens and the addresses of people in all mails that an instance has sent."""
    tokens, people = set(), set()
    for path in (instance.home / "mailbox").glob("*.eml"):
        mail = email.message_from_bytes(path.read_bytes(), policy=policy.default)
        told = f"{mail['To']} {mail['Reply-To']} {body(mail)}"
        tokens |= set(_LINK.findall(told))
        people |= set(_PEOPLE.findall(told))
    return tokens, people


def secrets(instance: Instance) -> set[str]:
    """Return what no log may hold: each half of each link, each address, each line of each letter."""
    tokens, people = mailed(instance)
    halves = {half for token in tokens for half in token.split(".")}
    return halves | people | {word for word in WORDS if len(word) > 14}


def found(secrets: set[str], raw: bytes) -> list[str]:
    return sorted(secret for secret in secrets if secret.encode() in raw)


def says(instance: Instance, line: str) -> bytes:
    """Send a line that is no request of HTTP, and return the first line of the answer."""
    where = urlsplit(instance.printed.portal)
    with socket.create_connection((where.hostname, where.port), timeout=20) as wire:
        wire.sendall(f"{line}\r\nHost: {where.netloc}\r\n\r\n".encode())
        return wire.makefile("rb").readline()


@pytest.fixture
def troubled(instance: Instance) -> Instance:
    """An instance that was asked all that makes servers write: what is unknown, malformed, foreign or forged."""
    instance.deposits("tom@exemple.nc", MESSAGE, files=(ATTACHMENT,))
    tokens, _ = mailed(instance)
    assert tokens
    for token in tokens:
        assert instance.asks(f"/l/{token}/nowhere")[0] == 404
        assert instance.asks(f"/l/{token}x")[0] == 404
        assert instance.asks(f"/l/{token}/consulter", data="address=tom%40exemple.nc")[0] == 400
        assert instance.asks(f"/l/{token}", host="elsewhere.example")[0] == 400
        assert b" 400 " in says(instance, f"GET /l/{token}")
        assert b" 400 " in says(instance, f"GET /l/{token} tom@exemple.nc HTTP/1.1")
    assert instance.asks("/paiement/notification", data="vads_cust_email=tom%40exemple.nc")[0] == 400
    return instance


def test_no_log_names_a_link_a_person_or_a_word_of_a_letter(troubled: Instance, instances: list[Instance]) -> None:
    assert "notice rejected" in troubled.logs, "what the portal writes is not heard"
    assert "Invalid HTTP request line: 'GET /l/" in troubled.logs, "what the server writes is not heard"
    for instance in instances:
        assert found(secrets(instance), instance.logs.encode()) == []
        kept = [path for path in instance.home.rglob("*") if path.suffix == ".log"]
        assert kept == [], "a log of which this test knows nothing"


def test_no_file_but_the_mailbox_holds_a_link_a_recipient_or_a_word_of_a_letter(
    troubled: Instance, instances: list[Instance]
) -> None:
    mailbox = b"".join(path.read_bytes() for path in (troubled.home / "mailbox").iterdir())
    assert "tom@exemple.nc" in found(secrets(troubled), mailbox), "what is searched for cannot be found"
    accounts = {address for _, address, _ in demo.ACCOUNTS}  # under their names in the database, to sign in with
    for instance in instances:
        hidden = secrets(instance)
        files = [path for path in instance.home.rglob("*") if path.is_file() and path.parent.name != "mailbox"]
        assert instance.home / "lse.sqlite" in files
        for path in files:
            allowed = accounts if path.name.startswith("lse.sqlite") else set()
            assert set(found(hidden, path.read_bytes())) <= allowed, path
