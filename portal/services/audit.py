"""What an auditor sees: the entries as the public would, the newest checkpoint, and an export that is checked elsewhere."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from portal.db import journal as rows
from portal.domain.errors import NotFound
from portal.office import Office
from portal.services import journal
from verifier.journal import Entry, leaf_hash, policy_text
from verifier.note import Checkpoint
from verifier.tiles import write_export

PAGE = 100


@dataclass(frozen=True)
class Line:
    """One entry of the journal's page."""

    id: int
    index: int | None
    """Place in the log; None until the next checkpoint."""
    event: str
    at: datetime
    letter_number: int | None
    status: str | None
    hash: str
    """Leaf hash (RFC 6962)."""


@dataclass(frozen=True)
class Head:
    """The newest checkpoint."""

    size: int
    root: str
    note: str


def view(office: Office, *, below: int | None) -> tuple[list[Line], int | None, Head | None]:
    """Return a page of entries, newest first, the key of the next page, and the newest checkpoint."""
    with office.db.read() as conn:
        found = rows.page(conn, below=below, limit=PAGE + 1)
    lines = [
        Line(
            id=row.id,
            index=row.position,
            event=row.event,
            at=row.at,
            letter_number=row.letter_number,
            status=Entry.from_json(row.entry).status,
            hash=leaf_hash(row.entry).hex(),
        )
        for row in found[:PAGE]
    ]
    return lines, found[PAGE - 1].id if len(found) > PAGE else None, head(office)


def head(office: Office) -> Head | None:
    with office.db.read() as conn:
        latest = rows.latest_checkpoint(conn)
    if latest is None:
        return None
    checkpoint = Checkpoint.parse(latest[1].partition("\n\n")[0] + "\n")
    return Head(checkpoint.size, checkpoint.root.hex(), latest[1])


def export(office: Office, folder: Path) -> Head:
    """Write the whole log to an empty folder, with its newest checkpoint and the policy to check it by."""
    journal.sequence(office)
    latest = head(office)
    if latest is None:
        raise NotFound("checkpoint")
    with office.db.read() as conn:
        write_export(folder, rows.entries(conn, upto=latest.size), latest.note, policy_text(office.log.verifier))
    return latest


def export_zip(office: Office) -> Path:
    """Return a temporary zip of the export, for the caller to remove; without personal data it may touch the disk."""
    work = Path(tempfile.mkdtemp(prefix="lse-export-"))
    try:
        export(office, work / "journal")
        descriptor, name = tempfile.mkstemp(prefix="lse-export-", suffix=".zip")
        with open(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted((work / "journal").rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(work))
        return Path(name)
    finally:
        shutil.rmtree(work)
