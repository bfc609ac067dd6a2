"""A test instance for the benchmarks: its own folder, a free port, real processes, letters that wait to be consulted."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.config import Settings
from portal.db import people, schema
from portal.demo import paid
from portal.office import Office, open_office
from portal.security.keys import Keys
from portal.services import accounts, deposit, dispatch, payment, register
from portal.services.deposit import Words
from verifier.statement import Party

RECIPIENT = "destinataire@exemple.nc"
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Instance:
    office: Office
    env: dict[str, str]
    port: int

    def letters(self, count: int) -> list[str]:
        """Deposit, pay and dispatch `count` letters, and return the paths of their links."""
        office = self.office
        accounts.register(
            office, email="banc@exemple.nc", first_name="Banc", last_name="D’ESSAI", role="sender", password="x" * 16
        )
        with office.db.read() as conn:
            sender = people.by_email(conn, "banc@exemple.nc")
        assert sender is not None
        paths = []
        for _ in range(count):
            words = Words(Party("Joël\u00a0MARTIN", RECIPIENT), "Mesure", "", "Bonjour")
            draft = deposit.save_draft(office, sender, words, draft_id=None, kept=[], added=[])
            letter = deposit.deposit(office, sender, draft)
            payment.begin(office, sender_id=sender.id, reference=letter.reference)
            _, order = payment.order_form(office, sender_id=sender.id, reference=letter.reference)
            payment.hear(office, paid(office, order))
            dispatch.dispatch(office, letter.number)
            with office.db.read() as conn:
                opened = register.by_number(conn, office, letter.number)
            link = register.link(office, opened.letter, presented_at=office.now())
            paths.append(link.removeprefix(office.settings.base_url))
        return paths

    @contextmanager
    def running(self, *command: str) -> Iterator[None]:
        """Run a command of the instance until the block ends, once the portal answers if it is the portal."""
        child = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=self.env,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            if "gunicorn" in command:
                self._wait()
            yield
        finally:
            child.terminate()
            child.wait(timeout=30)

    def _wait(self) -> None:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/livez", timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise SystemExit("the portal did not come up")

    def form(self) -> tuple[str, str]:
        """Return a session cookie and the CSRF token that goes with it."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/verifier", timeout=10) as answer:
            found = re.search(r'name="csrf_token" value="([^"]+)"', answer.read().decode())
            assert found is not None
            return answer.headers["Set-Cookie"].partition(";")[0], found.group(1)


@contextmanager
def instance() -> Iterator[Instance]:
    """Make an instance in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="lse-bench-") as home, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        env = {**os.environ, "LSE_HOME": home, "LSE_PORT": str(port), "LSE_LIMITS": "no"}
        settings = Settings.from_env(env)
        Keys.create(settings.secrets, simulated_bank=settings.test)
        office = open_office(settings)
        schema.upgrade(office.db)
        yield Instance(office, env, port)
        office.db.dispose()


def portal_command(port: int, *, threads: int = 32, workers: int = 1) -> tuple[str, ...]:
    """Return the command that serves the portal as the demonstration does."""
    bind = f"127.0.0.1:{port}"
    return (
        *("gunicorn", "--bind", bind, "--worker-class", "gthread", "--workers", str(workers)),
        *("--threads", str(threads), "--log-level", "critical", "--no-control-socket", "wsgi:app"),
    )
