"""Start a confined child and speak with it through pipes: what `verifier.sandbox` and `verifier.warm` share.

Nothing here reads a file or knows a report, so that a command line has its child at work before it loads the rest.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from time import monotonic

from verifier.confine import Limits

UNCONFINED = 77
"""Exit code of a child where the system refuses the confinement that was asked for."""
ENVIRONMENT = {"MALLOC_ARENA_MAX": "2", "RAYON_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
"""All that the child's environment holds: fewer arenas and threads, so that the libraries fit into the address space."""
STARTUP = 5.0
"""Seconds that probing a means of confinement, and the end of a child that has answered, may take."""
_CHUNK = 64 * 1024
_SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/etc/ld.so.cache")


class Ended(Exception):
    """The child gave no report; the message names the limit or the fault that ended it."""


@cache
def confinement() -> str:
    """Name what keeps a child from the network: ``bubblewrap``, ``namespace``, ``seccomp``, or ``none``."""
    for mode in ("bubblewrap", "namespace", "seccomp"):
        probe = "import sys\nfrom verifier import child\nchild._confine(sys.argv[1])"
        try:
            done = subprocess.run(  # noqa: S603 # our own interpreter and code
                [*_wrapper(mode), sys.executable, "-I", "-B", "-c", probe, mode],
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=STARTUP,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return mode
    return "none"


def command(mode: str, limits: Limits, *, warm: bool, preload: Sequence[str] = ()) -> list[str]:
    """Return the command line of a child; one that stays warm loads the modules of `preload` beside the usual ones."""
    asked = json.dumps({"mode": mode, "warm": warm, "limits": asdict(limits), "preload": list(preload)})
    return [*_wrapper(mode), sys.executable, "-I", "-B", "-m", "verifier.child", asked]


def exchange(sink: int, source: int, asked: bytes, limits: Limits) -> bytes:
    """Write the request and read the answer at once, so that neither side waits for the other; raise `Ended`.

    `sink` and `source` are descriptors of pipes; `sink` is closed in any case.
    """
    end, left, answer = monotonic() + limits.wall, memoryview(asked), bytearray()
    os.set_blocking(sink, False)
    open_sink = True
    try:
        with selectors.DefaultSelector() as ready:
            ready.register(sink, selectors.EVENT_WRITE)
            ready.register(source, selectors.EVENT_READ)
            while True:
                found = {key.fd for key, _ in ready.select(max(0.0, end - monotonic()))}
                if sink in found and open_sink:
                    left = _write(sink, left)
                    if not left:
                        ready.unregister(sink)
                        os.close(sink)
                        open_sink = False
                if source in found:
                    read = os.read(source, _CHUNK)
                    answer += read
                    if not read:
                        return bytes(answer)
                if len(answer) > limits.answer:
                    raise Ended(f"answer: more than {limits.answer} bytes")
                if monotonic() >= end:
                    raise Ended(f"wall clock: {limits.wall:g} s")
    finally:
        if open_sink:
            os.close(sink)


def _write(sink: int, left: memoryview) -> memoryview:
    try:
        return left[os.write(sink, left[:_CHUNK]) :]
    except BlockingIOError:
        return left
    except BrokenPipeError:  # the child is gone; its exit says why
        return left[:0]


def ending(code: int | None) -> str:
    """Say what an exit code means; bubblewrap reports a signal as 128 and its number."""
    number = -code if code is not None and code < 0 else (code or 0) - 128
    if code == UNCONFINED:
        return "confinement: refused by the system"
    if number == signal.SIGXCPU:
        return "processor time"
    if number > 0:
        with suppress(ValueError):
            return f"killed by {signal.Signals(number).name}"
    return f"died with exit code {code}"


def _wrapper(mode: str) -> list[str]:
    """Return the bubblewrap command that holds the interpreter, its libraries and this package, all read-only."""
    if mode != "bubblewrap":
        return []
    program = shutil.which("bwrap")
    if program is None:
        raise FileNotFoundError("bwrap")
    held = [*_SYSTEM, sys.base_prefix, sys.prefix, str(Path(__file__).parent)]
    binds = [part for path in dict.fromkeys(held) for part in ("--ro-bind-try", path, path)]
    variables = [part for name, value in ENVIRONMENT.items() for part in ("--setenv", name, value)]
    flags = ["--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--proc", "/proc", "--dev", "/dev"]
    return [program, *flags, *binds, *variables, "--"]
