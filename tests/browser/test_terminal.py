"""A test instance in a terminal: Ctrl-C stops all of it, and a second start finds the same data."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.browser.instance import BANNER, COMMAND, PATIENCE, ROOT, Instance, Printed, end_session, session_of

_LINK = re.compile(r'href="http://[^"/]+(/l/[^"]+)"')

TAKES_THE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
"""What a shell does for the command that it starts: Ctrl-C goes to it."""


class Terminal:
    """A terminal in which one command runs, in a session of its own."""

    def __init__(self, instance: Instance) -> None:
        self._keyboard, screen = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", TAKES_THE_TERMINAL, *COMMAND],
            cwd=ROOT,
            env=instance.environment,
            stdin=screen,
            stdout=screen,
            stderr=screen,
            start_new_session=True,
        )
        os.close(screen)
        self.screen = ""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind, whatever happened."""
        end_session(self.process)
        os.close(self._keyboard)

    def reads_until(self, wanted: re.Pattern[str]) -> None:
        until = time.monotonic() + PATIENCE
        while not wanted.search(self.screen):
            assert time.monotonic() < until, self.screen
            assert self._reads(), self.screen

    def presses_ctrl_c(self) -> int:
        """Press Ctrl-C, read what follows, and return the exit status."""
        os.write(self._keyboard, b"\x03")
        while self._reads():
            pass
        return self.process.wait(PATIENCE)

    def _reads(self) -> bool:
        """Read what is there; False once the last process has let the terminal go."""
        assert select.select([self._keyboard], [], [], PATIENCE)[0], self.screen
        try:
            raw = os.read(self._keyboard, 65536)
        except OSError:  # EIO: nobody holds the other side any more
            return False
        self.screen += raw.decode(errors="replace").replace("\r\n", "\n")
        return bool(raw)


def starts_and_stops(instance: Instance) -> tuple[list[str], str]:
    """Start, look into the mailbox, follow the link there, stop; return what the mailbox holds and the letter's page."""
    with Terminal(instance) as terminal:
        terminal.reads_until(BANNER)
        instance.printed = Printed.read(terminal.screen)
        mails = sorted(re.findall(r'href="(/dev/mailbox/[^"]+)"', instance.asks("/dev/mailbox")[1]))
        links = [link for mail in mails for link in _LINK.findall(instance.asks(mail)[1])]
        status, letter = instance.asks(links[0])
        assert status == 200
        assert len(session_of(terminal.process.pid)) >= 4, "the command, the portal's two processes and the worker"
        together = [one for one in session_of(terminal.process.pid) if os.getpgid(one) == terminal.process.pid]
        assert together == [terminal.process.pid], "Ctrl-C would reach the parts twice"
        assert terminal.presses_ctrl_c() == 0, terminal.screen
        assert BANNER.sub("", terminal.screen).replace("^C", "").strip() == "Stopped."
        assert session_of(terminal.process.pid) == []
    return [*mails, *links], re.sub(r'name="csrf_token" value="[^"]+"', "", letter)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are counted in /proc, as Linux has it")
def test_ctrl_c_stops_portal_and_worker_without_a_word_more_and_a_second_start_finds_the_same_letter(
    tmp_path: Path,
) -> None:
    instance = Instance(tmp_path)
    first = starts_and_stops(instance)
    assert "vous a envoyé une lettre suivie électronique" in first[1]
    assert starts_and_stops(instance) == first
