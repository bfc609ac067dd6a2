"""Load EU trusted lists from files: the list of lists names who signs each national one, and a given certificate signs it.

Nothing is fetched. Each file is read in a confined child of its own; `verifier.eutl` says what comes back.
"""

from __future__ import annotations

import base64
import json
import re
import ssl
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from verifier import sandbox
from verifier.beside import StoreRefused
from verifier.confine import Limits
from verifier.journal import format_time

LIMITS = Limits(file=32 * 1024 * 1024, memory=1536 * 1024 * 1024, cpu=60, wall=120, answer=32 * 1024 * 1024)
"""What one list may cost: the largest national ones have some 5 MB."""
MAX_FILES = 64
MAX_CERTIFICATE = 64 * 1024
_TYPE = re.compile(rb"TSLType>\s*([^<\s]*)")
_LIST_OF_LISTS = b"EUlistofthelists"
_TERRITORY = re.compile(rb"<(?:\w+:)?SchemeTerritory>\s*([A-Z]{2})\s*</")


def load(names: Sequence[str], *, signers: Sequence[str], anchors: bool) -> bytes:
    """Return the services of the lists in some files and folders, a line each; raise `StoreRefused` or `OSError`.

    `signers` are files with the certificates that sign the list of lists or, where none is given, the lists themselves;
    without any, no signature is checked, and `anchors` (the services are to be trusted) is refused.
    """
    if anchors and not signers:
        raise StoreRefused("list-unpinned", names[0])
    pinned = [der for one in signers for der in _certificates(one)]
    files = _files(names)
    raws = {str(file): _read(file) for file in files}
    tops = {source: raw for source, raw in raws.items() if _is_top(raw)}
    pointers: dict[str, list[bytes]] = {}
    for source, raw in tops.items():
        for territory, certificates in _ask(raw, source, pinned).get("pointers", {}).items():
            pointers.setdefault(territory, []).extend(base64.b64decode(one) for one in certificates)
    national = {source: raw for source, raw in raws.items() if source not in tops}

    def services(source: str) -> list[str]:
        raw = national[source]
        if not pinned or not tops:
            return _services(_ask(raw, source, pinned), source)
        territory = _territory(raw)
        known = pointers.get(territory, [])
        if not known:
            raise StoreRefused(
                "list-signature", source, f"the list of lists names no list of {territory or 'no country'}"
            )
        answer = _ask(raw, source, known)
        if answer.get("territory") != territory:
            raise StoreRefused("list-signature", source, f"got a list of {answer.get('territory')}")
        return _services(answer, source)

    with ThreadPoolExecutor(sandbox.CONCURRENT) as threads:
        return "\n".join(line for lines in threads.map(services, national) for line in lines).encode()


def _files(names: Sequence[str]) -> list[Path]:
    found = []
    for name in names:
        path = Path(name)
        inside = sorted(one for one in path.iterdir() if one.suffix.lower() == ".xml") if path.is_dir() else [path]
        if not inside:
            raise StoreRefused("folder", name, ".xml")
        found += inside
    if len(found) > MAX_FILES:
        raise StoreRefused("list", names[0], f"got {len(found)} files, expected at most {MAX_FILES}")
    return found


def _read(file: Path) -> bytes:
    if file.exists() and not file.is_file():
        raise StoreRefused("no-file", str(file))
    with file.open("rb") as opened:
        raw = opened.read(LIMITS.file + 1)
    if len(raw) > LIMITS.file:
        raise StoreRefused("list", str(file), f"got more than {LIMITS.file} bytes")
    return raw


def _certificates(name: str) -> list[bytes]:
    """Return the DER certificates of a file in PEM or DER, unread: the child reads them."""
    with Path(name).open("rb") as opened:
        raw = opened.read(MAX_CERTIFICATE + 1)
    if not raw.strip():
        raise StoreRefused("empty", name)
    if b"-----BEGIN" not in raw:
        return [raw]
    ends = "-----END CERTIFICATE-----"
    parts = [one for one in raw.decode("ascii", "replace").split(ends) if "-----BEGIN CERTIFICATE-----" in one]
    try:
        return [ssl.PEM_cert_to_DER_cert(one[one.index("-----BEGIN") :] + ends) for one in parts]
    except ValueError as fault:
        raise StoreRefused("unreadable", name, str(fault)) from fault


def _is_top(raw: bytes) -> bool:
    """Say by its first type whether this claims to be the list of lists; the child looks closer."""
    found = _TYPE.search(raw)
    return found is not None and found[1].endswith(_LIST_OF_LISTS)


def _territory(raw: bytes) -> str:
    found = _TERRITORY.search(raw)
    return found[1].decode() if found else ""


def _services(answer: dict[str, Any], source: str) -> list[str]:
    if "services" not in answer:
        raise StoreRefused("list", source, "got a list of lists, expected a national list")
    return list(answer["services"])


def _ask(raw: bytes, source: str, signers: Sequence[bytes]) -> dict[str, Any]:
    asked = {
        "want": "lists",
        "source": source,
        "signers": [base64.b64encode(one).decode() for one in signers],
        "now": format_time(datetime.now(UTC)),  # noqa: TID251 # the command is where the clock is read
    }
    request = json.dumps(asked).encode() + b"\n" + raw
    try:
        return sandbox.ask(request, LIMITS, demand_confinement=sys.platform == "linux", probe=False)
    except sandbox.Ended as fault:
        raise StoreRefused("list", source, str(fault)) from fault
