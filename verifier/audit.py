"""Recheck a whole journal from its export, offline: every entry, every tile, the signed head, and an older head.

    (1) the checkpoint is signed by a key of the policy
    (2) every entry is canonical, and times never go back
    (3) every tile holds the hashes that the entries give
    (4) the root over the entries is the checkpoint's
    (5) an older signed checkpoint is a prefix; if it is not, both heads are the evidence of a fork

The recheck reads each entry once and keeps one tile a level.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from verifier.journal import Entry, EntryMalformed, format_time, leaf_hash, policy_keys
from verifier.note import Checkpoint, NoteRejected, open_checkpoint
from verifier.report import Verdict
from verifier.tiles import CHECKPOINT, HASH, POLICY, Levels, TileMalformed, read_entries, read_hashes

_MAX_TEXT = 64 * 1024


@dataclass(frozen=True)
class Defect:
    """The first thing that does not hold."""

    code: str
    """``checkpoint``, ``entry``, ``time``, ``tile``, ``root``, ``fork`` or ``unreadable``."""
    index: int | None
    """Which entry, where one is at fault."""
    fr: str
    en: str
    detail: str = ""


@dataclass(frozen=True)
class AuditReport:
    """What the recheck of a journal found."""

    verdict: Verdict
    """VALID, INVALID, or unreadable where the folder is no export."""
    origin: str = ""
    size: int = 0
    first_time: datetime | None = None
    last_time: datetime | None = None
    pinned: bool = False
    """True where the caller gave the policy, False where the one of the export was believed."""
    since_size: int | None = None
    """Size of the older checkpoint that was shown to be a prefix."""
    defect: Defect | None = None
    heads: tuple[str, ...] = ()
    """Both signed checkpoints, verbatim, where they cannot belong to one log."""

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready data."""
        defect = self.defect
        return {
            "verdict": self.verdict.value,
            "origin": self.origin,
            "size": self.size,
            "first_time": format_time(self.first_time) if self.first_time else None,
            "last_time": format_time(self.last_time) if self.last_time else None,
            "policy": "pinned" if self.pinned else "export",
            "since_size": self.since_size,
            "defect": defect
            and {
                "code": defect.code,
                "index": defect.index,
                "text": {"fr": defect.fr, "en": defect.en},
                "detail": defect.detail,
            },
            "heads": list(self.heads),
        }


class _Found(Exception):
    """Carries the first defect out of the loops."""

    def __init__(self, code: str, index: int | None = None, detail: str = "") -> None:
        self.defect = _defect(code, index, detail)


def recheck(folder: Path, *, policy: str | None = None, since: str | None = None) -> AuditReport:
    """Recompute the journal in `folder`, written by `verifier.tiles.write_export`.

    `policy` replaces the one in the folder; `since` is an older signed checkpoint, verbatim, whose log must be a prefix.
    """
    pinned = policy is not None
    try:
        note = _text(folder / CHECKPOINT)
        keys = policy_keys(policy if policy is not None else _text(folder / POLICY))
    except (OSError, UnicodeDecodeError, EntryMalformed, NoteRejected) as fault:
        defect = _defect("unreadable", None, str(fault))
        return AuditReport(Verdict.UNREADABLE, pinned=pinned, defect=defect)
    try:  # (1)
        head = open_checkpoint(note, keys)
        older = open_checkpoint(since, keys) if since is not None else None
    except NoteRejected as fault:
        defect = _defect("checkpoint", None, str(fault))
        return AuditReport(Verdict.INVALID, pinned=pinned, defect=defect)
    walk = _Walk(folder, head, older)
    found: Defect | None = None
    try:
        walk.run()
    except _Found as fault:
        found = fault.defect
    return AuditReport(
        verdict=Verdict.VALID if found is None else Verdict.INVALID,
        origin=head.origin,
        size=head.size,
        first_time=walk.first,
        last_time=walk.last,
        pinned=pinned,
        since_size=older.size if older is not None and found is None else None,
        defect=found,
        heads=(since, note) if since is not None and found is not None and found.code == "fork" else (),
    )


class _Walk:
    """One pass over the entries."""

    def __init__(self, folder: Path, head: Checkpoint, older: Checkpoint | None) -> None:
        self.folder, self.head, self.older = folder, head, older
        self.levels = Levels()
        self.first: datetime | None = None
        self.last: datetime | None = None

    def run(self) -> None:
        older = self.older
        if older is not None and (older.origin != self.head.origin or older.size > self.head.size):
            raise _Found("fork", None, f"{older.origin} {older.size} / {self.head.origin} {self.head.size}")
        self._compare_older(0)
        index = 0
        try:
            for index, raw in enumerate(read_entries(self.folder, self.head.size)):
                self._entry(index, raw)  # (2)
                for level, number, hashes in self.levels.push(leaf_hash(raw)):
                    self._tile(level, number, hashes, index)  # (3)
                self._compare_older(index + 1)
        except TileMalformed as fault:
            raise _Found("tile", index, str(fault)) from fault
        for level, number, hashes in self.levels.partial():
            self._tile(level, number, hashes, None)
        if not hmac.compare_digest(self.levels.root(), self.head.root):  # (4)
            raise _Found("root", None, f"got {self.levels.root().hex()}, expected {self.head.root.hex()}")

    def _entry(self, index: int, raw: bytes) -> None:
        try:
            entry = Entry.from_json(raw)
        except EntryMalformed as fault:
            raise _Found("entry", index, str(fault)) from fault
        if self.last is not None and entry.time < self.last:
            raise _Found("time", index, f"got {format_time(entry.time)} after {format_time(self.last)}")
        self.first, self.last = self.first or entry.time, entry.time

    def _tile(self, level: int, number: int, hashes: bytes, index: int | None) -> None:
        try:
            held = read_hashes(self.folder, level, number, len(hashes) // HASH)
        except TileMalformed as fault:
            raise _Found("tile", index, str(fault)) from fault
        if not hmac.compare_digest(held, hashes):
            at = next(i for i in range(0, len(hashes), HASH) if held[i : i + HASH] != hashes[i : i + HASH]) // HASH
            first = (number * 256 + at) * 256**level
            raise _Found("tile", first, f"tile {level}/{number}, hash {at}")

    def _compare_older(self, size: int) -> None:
        # (5)
        older = self.older
        if older is not None and older.size == size and not hmac.compare_digest(self.levels.root(), older.root):
            raise _Found("fork", None, f"at size {size}: got {self.levels.root().hex()}, expected {older.root.hex()}")


def _defect(code: str, index: int | None, detail: str) -> Defect:
    fr, en = _SENTENCES[code]
    return Defect(code, index, fr.replace(" :", "\u202f:"), en, detail)


def _text(path: Path) -> str:
    if path.stat().st_size > _MAX_TEXT:
        raise OSError(f"{path}: got {path.stat().st_size} bytes, expected at most {_MAX_TEXT}")
    return path.read_text("utf-8")


_SENTENCES = {
    "unreadable": (
        "Ce dossier n’est pas un export de journal.",
        "This folder is no export of a journal.",
    ),
    "checkpoint": (
        "L’état du journal n’est pas signé par la clé attendue.",
        "The head of the journal is not signed by the key expected.",
    ),
    "entry": (
        "Une inscription n’a pas la forme d’une inscription de journal.",
        "An entry has not the form of a journal entry.",
    ),
    "time": (
        "Une inscription est datée avant celle qui la précède.",
        "An entry is dated before the one that precedes it.",
    ),
    "tile": (
        "Les inscriptions ne donnent pas les empreintes conservées, ou il en manque.",
        "The entries do not give the hashes kept, or some are missing.",
    ),
    "root": (
        "Les inscriptions ne donnent pas l’état signé : le journal a été modifié.",
        "The entries do not give the signed head: the journal was changed.",
    ),
    "fork": (
        "L’ancien état signé n’est pas le début de ce journal : les deux états en sont la preuve.",
        "The older signed head is not the beginning of this journal: the two heads are the evidence.",
    ),
}
