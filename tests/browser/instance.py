"""A real instance, started as ``make run`` starts it and known by what it prints."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from portal import demo
from portal.config import Settings
from portal.db import people
from portal.domain.letter import StoredPiece
from portal.office import Office, open_office
from portal.security.uploads import safe_name
from portal.services import deposit, payment
from portal.services.deposit import Words
from verifier.manifest import Piece
from verifier.statement import Party

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "flask", "lse", "serve")
PATIENCE = 60
"""Seconds: far more than anything takes, so that only what hangs runs into it."""
BANNER = re.compile(r"\n  Lettre Suivie Électronique: a test instance\..*?\n  Ctrl-C stops\.\n\n", re.DOTALL)
_LINE = re.compile(r"^  (\w+) +(\S+)(?: {3}(.+))?$", re.MULTILINE)


@dataclass(frozen=True)
class Printed:
    """What a person reads in the terminal."""

    portal: str
    mailbox: str
    verifier: str
    sender: str
    password: str
    recipient: str

    @classmethod
    def read(cls, text: str) -> Printed:
        said = {name: (value, more) for name, value, more in _LINE.findall(text)}
        sender, password = said["Expéditeur"]
        return cls(
            said["Portal"][0].rstrip("/"),
            said["Mailbox"][0],
            said["Verifier"][0],
            sender,
            password,
            said["Recipient"][0],
        )


class Instance:
    """One instance: its folder, its processes, and everything that they write."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.home = folder / "home"
        self.settings = {"LSE_HOME": str(self.home), "LSE_PORT": str(_free_port()), **settings}
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("LSE_")}
        self.environment |= self.settings
        self._out, self._err = folder / "stdout", folder / "stderr"

    def start(self) -> Instance:
        """Start portal and worker, and wait for the addresses."""
        with self._out.open("w") as out, self._err.open("w") as err:
            self._process = subprocess.Popen(
                COMMAND, cwd=ROOT, env=self.environment, stdout=out, stderr=err, start_new_session=True
            )
        until = time.monotonic() + PATIENCE
        while not BANNER.search(self._out.read_text()):
            if self._process.poll() is not None or time.monotonic() > until:
                end_session(self._process)
                raise AssertionError(
                    f"no address was printed; status {self._process.returncode}\n{self._err.read_text()}"
                )
            time.sleep(0.05)
        self.printed = Printed.read(self._out.read_text())
        return self

    def stop(self) -> int:
        """Ask it to stop, as a service manager does, and return its exit status."""
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(PATIENCE)
        finally:
            end_session(self._process)

    @property
    def logs(self) -> str:
        """Everything that portal and worker wrote, but for the banner that tells the demonstration's accounts."""
        return BANNER.sub("", self._out.read_text(), count=1) + self._err.read_text()

    def asks(self, path: str, *, data: str | None = None, host: str = "") -> tuple[int, str]:
        """Ask something as a program does, and return the status of the answer and its text."""
        line = HTTPConnection(urlsplit(self.printed.portal).netloc, timeout=PATIENCE)
        headers = {"Host": host} if host else {}
        if data is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        line.request("GET" if data is None else "POST", path, data, headers)
        answer = line.getresponse()
        text = answer.read().decode(errors="replace")
        line.close()
        return answer.status, text

    @contextmanager
    def office(self) -> Iterator[Office]:
        """Open the same instance in this process too."""
        office = open_office(Settings.from_env(self.settings))
        yield office
        office.db.dispose()
        office.sandbox.close()

    def deposits(self, to: str, message: str, *, files: tuple[tuple[str, bytes], ...] = ()) -> str:
        """Let the demonstration's sender deposit and pay a letter, which the worker will dispatch; return its reference."""
        with self.office() as office:
            with office.db.read() as conn:
                sender = people.by_email(conn, self.printed.sender)
            assert sender is not None
            words = Words(Party("Marie-Ange\u00a0WAMYTAN", to), "Convocation", "", message)
            added = [_stored(office, name, content) for name, content in files]
            draft = deposit.save_draft(office, sender, words, draft_id=None, kept=[], added=added)
            letter = deposit.deposit(office, sender, draft)
            payment.begin(office, sender_id=sender.id, reference=letter.reference)
            _, order = payment.order_form(office, sender_id=sender.id, reference=letter.reference)
            payment.hear(office, demo.paid(office, order))
        return letter.reference


def session_of(leader: int) -> list[int]:
    """Return the processes that live in a session, as /proc has them."""
    alive = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, _group, session = stat.read_text().rpartition(")")[2].split()[:4]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(session) == leader and state != "Z":
            alive.append(int(stat.parent.name))
    return alive


def end_session(leader: subprocess.Popen[bytes]) -> None:
    """Leave no process of a session behind, whatever happened."""
    for process in session_of(leader.pid):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    leader.wait(PATIENCE)


def _stored(office: Office, name: str, content: bytes) -> StoredPiece:
    stored = office.vault.put(content)
    piece = Piece(safe_name(name), stored.size, "application/octet-stream", stored.sha256)
    return StoredPiece(piece, stored.object_id, stored.key)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
