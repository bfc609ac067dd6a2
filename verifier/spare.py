"""A service that judges often keeps a child ready: forked, limited, and with a page drawn, before its file comes.

One process has loaded the libraries and forks for each file (`verifier.warm`). What a fork must do by itself (its limits, the
typesetter's threads and fonts, which no fork inherits) it does while it waits. It then takes one file and ends with it, so
that nothing of one file is there for the next.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO

from verifier.confine import Limits, limit

Answer = Callable[[BinaryIO, BinaryIO], None]
_PAUSE = 0.005


def serve(channel: socket.socket, limits: Limits, answer: Answer, rehearse: Callable[[], None]) -> None:
    """Hand each file that arrives to the child that waits, and fork the next one, until the channel closes.

    A file is three descriptors in one message: what to read, where to answer, where to say how it ended.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    spare = _spare(channel, limits, answer, rehearse)
    channel.sendall(b"+")
    while True:
        message, descriptors, _, _ = socket.recv_fds(channel, 1, 3)
        if not message:
            spare.close()
            return
        try:
            socket.send_fds(spare, [b"."], descriptors)
        except OSError:  # it ended while it waited
            spare.close()
            spare = _spare(channel, limits, answer, rehearse)
            socket.send_fds(spare, [b"."], descriptors)
        spare.close()
        for descriptor in descriptors:
            os.close(descriptor)
        spare = _spare(channel, limits, answer, rehearse)


def _spare(channel: socket.socket, limits: Limits, answer: Answer, rehearse: Callable[[], None]) -> socket.socket:
    """Fork a child that waits for one file, and return the way to it."""
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        code = 1
        with suppress(BaseException):
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            channel.close()
            ours.close()
            _oversee(theirs, limits, answer, rehearse)
            code = 0
        os._exit(code)
    theirs.close()
    return ours


def _oversee(waiting: socket.socket, limits: Limits, answer: Answer, rehearse: Callable[[], None]) -> None:
    """Pass one file on to a fork of one's own, end it when its time is over, and write how it ended."""
    ours, theirs = socket.socketpair()
    worker = os.fork()
    if worker == 0:
        waiting.close()
        ours.close()
        _work(theirs, limits, answer, rehearse)
    theirs.close()
    message, descriptors, _, _ = socket.recv_fds(waiting, 1, 3)
    if not message:
        os.kill(worker, signal.SIGKILL)
        return
    request, said, status = descriptors
    with suppress(OSError):  # a worker that is gone is told from its ending
        socket.send_fds(ours, [b"."], [request, said])
    ours.close()
    os.close(request)
    os.close(said)
    end = time.monotonic() + limits.wall
    ended, code = os.waitpid(worker, os.WNOHANG)
    while not ended and time.monotonic() < end:
        time.sleep(_PAUSE)
        ended, code = os.waitpid(worker, os.WNOHANG)
    if not ended:
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
        os.write(status, b"wall")
    else:
        os.write(status, str(os.waitstatus_to_exitcode(code)).encode())


def _work(waiting: socket.socket, limits: Limits, answer: Answer, rehearse: Callable[[], None]) -> None:
    """Rehearse, wait for a file, answer; never returns."""
    limit(limits)
    with suppress(Exception):  # a rehearsal that fails costs time and nothing else
        rehearse()
    message, descriptors, _, _ = socket.recv_fds(waiting, 1, 2)
    if message:
        request, said = descriptors
        with os.fdopen(request, "rb") as source, os.fdopen(said, "wb") as sink:
            answer(source, sink)
    os._exit(0)
