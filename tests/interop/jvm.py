"""EU DSS and veraPDF in one process of their own, asked about one file at a time."""

from __future__ import annotations

import json
import select
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

PROJECT = Path(__file__).with_name("oracle")
BUILT = PROJECT / "target/built"
_PATIENCE = 60
"""Seconds for one answer; the first one loads the library."""


@dataclass(frozen=True)
class Oracle:
    """A running process of tests/interop/oracle."""

    process: subprocess.Popen[str]
    stderr: Path

    @classmethod
    def start(cls, java: str, stderr: Path) -> Oracle:
        """Start it with the `java` command; what it complains of goes to the file `stderr`."""
        classes = f"{PROJECT / 'target/classes'}:{PROJECT / 'target/lib'}/*"
        # one question at a time: a collector and a compiler with threads of their own only wait for the processor
        options = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
        with stderr.open("w") as errors:
            process = subprocess.Popen(
                [java, *options, "-cp", classes, "Oracle"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                bufsize=1,
                encoding="utf-8",
                env={"LC_ALL": "C.UTF-8"},
            )
        return cls(process, stderr)

    def signatures(self, file: Path, *, root: Path, at: datetime) -> dict[str, Any]:
        """Return what DSS finds at `at` (aware) with `root` trusted: ``signatures`` and ``timestamps``, or ``error``."""
        return self._ask("signatures", str(file), str(root), at.isoformat().replace("+00:00", "Z"))

    def conformance(self, file: Path) -> dict[str, Any]:
        """Return what veraPDF finds: ``PDF/A-3b`` and ``PDF/UA-1``, each ``compliant`` and ``failed``, or ``error``."""
        return self._ask("conformance", str(file))

    def _ask(self, *question: str) -> dict[str, Any]:
        _pipe(self.process.stdin).write("\t".join(question) + "\n")
        answers = _pipe(self.process.stdout)
        ready, _, _ = select.select([answers], [], [], _PATIENCE)
        line = answers.readline() if ready else ""
        if not line:
            self.process.kill()
            raise RuntimeError(f"{question}: got no answer in {_PATIENCE} s; {self.stderr.read_text()[-2000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def stop(self) -> None:
        """End it by ending its questions."""
        _pipe(self.process.stdin).close()
        self.process.wait(_PATIENCE)
        _pipe(self.process.stdout).close()


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise ValueError("got no pipe, expected a process started with one")
    return stream
