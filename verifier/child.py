"""The process that reads one hostile file: ``python -I -m verifier.child``, started by `verifier.sandbox` and nobody else.

It confines itself before anything else is imported. The request is one line of JSON, then the file's bytes; the answer is the
JSON of a report, or of the limit that was met. Kept warm, it loads the libraries once and forks for each file
(`verifier.spare`): requests then come as descriptors over the socket that is its standard input.
"""

from __future__ import annotations

import base64
import gc
import json
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any, BinaryIO

from verifier.beside import StoreRefused, split
from verifier.confine import Limits, NotConfined, filter_calls, leave_network, limit
from verifier.confined import UNCONFINED
from verifier.offline import without_http
from verifier.spare import serve

_FIRST_LINE = 4 * 1024 * 1024
_COLLECTED = 50_000
"""New objects between two passes of the collector: nearly all that a start makes is there to stay."""
_LATE = ("_strptime", "lxml.etree", "pyhanko.pdf_utils.filters", "typst")
"""Modules that are else loaded while a file is judged."""


def main(arguments: list[str]) -> int:
    """Run as told by `arguments`: a JSON object with ``mode``, ``warm`` and the limits."""
    asked: dict[str, Any] = json.loads(arguments[0])
    limits = replace(Limits(), **asked["limits"])
    try:
        if not asked["warm"]:
            limit(limits)
        _confine(asked["mode"])
    except NotConfined:
        return UNCONFINED
    without_http()
    gc.set_threshold(_COLLECTED)
    if asked["warm"]:
        _serve(limits, asked.get("preload", ()))
    else:
        _answer(sys.stdin.buffer, sys.stdout.buffer)
    return 0


def _confine(mode: str) -> None:
    if mode == "namespace":
        leave_network()
    try:
        filter_calls()
    except NotConfined:
        # a second wall where bubblewrap or a namespace already holds, the only one otherwise
        if mode == "seccomp":
            raise


def _answer(request: BinaryIO, answer: BinaryIO) -> None:
    """Do what one request asks and write the answer."""
    try:
        asked = json.loads(request.readline(_FIRST_LINE))
        written = _WANTED[asked["want"]](asked, request.read())
    except StoreRefused as fault:
        written = json.dumps({"refused": [fault.code, fault.source, fault.detail[:500]]}).encode()
    except MemoryError:
        written = b'{"limit":"memory"}'
    except RecursionError:
        written = b'{"limit":"depth"}'
    except Exception as fault:
        written = json.dumps({"limit": "fault", "detail": f"{type(fault).__name__}: {fault}"[:500]}).encode()
    answer.write(written)
    answer.flush()


def _report(asked: dict[str, Any], body: bytes) -> bytes:
    from verifier.anchored import judged

    beside, raw = split(asked, body)
    report = judged(raw, asked, beside)
    if asked["want"] == "identity":
        from verifier.identity import identified

        report = identified(raw, report)
    return json.dumps(report.to_dict(), ensure_ascii=False).encode()


def _lists(asked: dict[str, Any], body: bytes) -> bytes:
    """Return the services of one trusted list, or what a list of lists points at, as `verifier.eutl` writes them."""
    from verifier import eutl
    from verifier.journal import parse_time

    signers = [base64.b64decode(one) for one in asked["signers"]]
    return json.dumps(eutl.read(body, source=asked["source"], signers=signers, now=parse_time(asked["now"]))).encode()


def _pointers(asked: dict[str, Any], raw: bytes) -> bytes:
    """Return the addresses at which the certificates of a file say that their revocation can be asked."""
    from verifier.pointers import pointers

    return json.dumps({"pointers": pointers(raw)}).encode()


def _manifest(asked: dict[str, Any], raw: bytes) -> bytes:
    """Return the manifest that a letter's PDF carries, in base64; ``null`` where it carries none, or several."""
    from verifier import embedded, structure
    from verifier.manifest import NAME

    try:
        files = embedded.embedded_files(structure.open_pdf(raw))
    except (structure.PdfBroken, embedded.EmbeddedUnreadable):
        files = ()
    found = [one.content for one in files if one.name == NAME]
    return json.dumps({"manifest": base64.b64encode(found[0]).decode() if len(found) == 1 else None}).encode()


def _pictures(asked: dict[str, Any], raw: bytes) -> bytes:
    """Return the pages that differ since a signature, as PNG in base64."""
    from verifier.pictures import pairs

    def encoded(png: bytes | None) -> str | None:
        return None if png is None else base64.b64encode(png).decode()

    found, more = pairs(raw, asked["field"], asked["pages"])
    shown = [
        {"page": one.page, "before": encoded(one.before), "after": encoded(one.after), "boxes": one.boxes}
        for one in found
    ]
    return json.dumps({"pictures": shown, "more": more}).encode()


_WANTED: dict[str, Callable[[dict[str, Any], bytes], bytes]] = {
    "report": _report,
    "identity": _report,
    "manifest": _manifest,
    "pictures": _pictures,
    "lists": _lists,
    "pointers": _pointers,
}


def _serve(limits: Limits, preload: Sequence[str]) -> None:
    """Load the libraries, then fork for each file that arrives, until the socket closes."""
    import verifier.anchored
    import verifier.check
    import verifier.identity
    import verifier.pictures  # noqa: F401 # loaded here so that every fork has them
    from verifier import shortcut

    for name in (*_LATE, *preload):
        import_module(name)
    shortcut.rehearse(draw=False)
    gc.freeze()  # what is loaded is never collected, so that forks go on sharing it
    with socket.socket(fileno=sys.stdin.fileno()) as channel:
        serve(channel, limits, _answer, lambda: shortcut.rehearse(draw=True))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
