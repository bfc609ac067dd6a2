"""Judge many files at once: a warm process per job, answers in the order of the names, no more memory for more files."""

from __future__ import annotations

import os
import queue
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO, TypeVar

from verifier.warm import WarmSandbox

_AHEAD = 4
"""Names taken from the list ahead of the answer that is due, for each job."""
_BLOCK = 64 * 1024
_MAX_NAME = 64 * 1024
_Answer = TypeVar("_Answer")


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(
    names: Iterable[str],
    work: Callable[[str, WarmSandbox], _Answer],
    *,
    jobs: int,
    sandbox: Callable[[], WarmSandbox],
) -> Generator[_Answer, None, None]:
    """Yield the answer of `work` to each name, in order; `work` runs in `jobs` threads, each with a sandbox to itself.

    However the iteration ends, every process that was started is ended with it.
    """
    warm = [sandbox() for _ in range(jobs)]
    free: queue.SimpleQueue[WarmSandbox] = queue.SimpleQueue()
    for one in warm:
        free.put(one)

    def one_name(name: str) -> _Answer:
        taken = free.get()
        try:
            return work(name, taken)
        finally:
            free.put(taken)

    threads = ThreadPoolExecutor(jobs)
    due: deque[Future[_Answer]] = deque()
    try:
        for name in names:
            due.append(threads.submit(one_name, name))
            if len(due) >= _AHEAD * jobs:
                yield due.popleft().result()
        while due:
            yield due.popleft().result()
    finally:
        for one in warm:
            one.end()
        threads.shutdown(cancel_futures=True)


def listed(source: BinaryIO, *, separator: bytes = b"\n") -> Iterator[str]:
    """Yield the names in a list, one after the other, without holding the list; empty names are passed over.

    Raises `ValueError` for a name longer than any system allows: what was given is no list.
    """
    rest = b""
    while block := source.read1(_BLOCK) if hasattr(source, "read1") else source.read(_BLOCK):
        *names, rest = (rest + block).split(separator)
        yield from (os.fsdecode(name) for name in names if name)
        if len(rest) > _MAX_NAME:
            raise ValueError(f"got a name of more than {_MAX_NAME} bytes, expected one name a line")
    if rest:
        yield os.fsdecode(rest)
