"""Files on their way in: encrypted as they arrive, named safely, and never in the clear on a disk.

The web library would spool a form's files to disk in the clear above 500 kB; this request class writes a letter's files
through the vault's cipher instead, and keeps the few other files in memory, within the route's size limit.
"""

from __future__ import annotations

import io
import unicodedata
from typing import IO, Any

from flask import Request, current_app, g
from werkzeug.datastructures import FileStorage

from portal.domain.letter import StoredPiece
from portal.security.vault import ObjectWriter, Vault
from verifier.manifest import Piece

NAME_BYTES = 150
_FORBIDDEN = set('/\\:*?"<>|')
_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

MEDIA_TYPES = {
    "application/pdf",
    "application/zip",
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "text/plain",
    "text/csv",
    "video/mp4",
    "audio/mpeg",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/msword",
    "application/vnd.ms-excel",
}
"""Types that are stated as sent; any other becomes application/octet-stream. No type is refused, none is ever rendered."""


class SealingRequest(Request):
    """A request whose files go through the vault where the endpoint takes a letter's files."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if self.endpoint not in current_app.config["SEALING_ENDPOINTS"]:
            return io.BytesIO()
        upload = SealedUpload(current_app.extensions["office"].vault)
        g.setdefault("uploads", []).append(upload)
        return upload  # type: ignore[return-value]


class SealedUpload:
    """What the form parser takes for a file: it is written once, encrypted, and cannot be read back."""

    def __init__(self, vault: Vault) -> None:
        self.writer: ObjectWriter = vault.writer()

    def write(self, data: bytes) -> int:
        return self.writer.write(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """The parser rewinds every file when it is whole; there is nothing to rewind."""
        return 0

    def tell(self) -> int:
        return self.writer.size

    def close(self) -> None:
        """What was not kept by then leaves nothing behind."""
        self.writer.abort()


def keep(file: FileStorage) -> StoredPiece:
    """Make an upload durable and return the piece it has become."""
    upload: Any = file.stream
    if not isinstance(upload, SealedUpload):
        raise TypeError(f"upload: got {type(upload).__name__}, expected one that went through the vault")
    upload.writer.commit()
    media_type = file.mimetype if file.mimetype in MEDIA_TYPES else "application/octet-stream"
    piece = Piece(safe_name(file.filename or ""), upload.writer.size, media_type, upload.writer.sha256)
    return StoredPiece(piece, upload.writer.object_id, upload.writer.key)


def discard_unkept(_error: BaseException | None = None) -> None:
    """At the end of a request, whatever happened, remove what was uploaded and not kept."""
    for upload in g.pop("uploads", []):
        upload.close()


def safe_name(name: str) -> str:
    """Return a file name without path, control, format or reserved characters: NFC, at most 150 bytes, ending kept."""
    name = "".join(
        character
        for character in name.replace("\\", "/").rpartition("/")[2]
        if character not in _FORBIDDEN and unicodedata.category(character) not in _CATEGORIES
    )
    # Last, since a letter and its accent may have stood apart until now.
    name = unicodedata.normalize("NFC", name).strip(" .")
    if not name:
        return "document"
    if len(name.encode()) <= NAME_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    tail = f"{dot}{ending}" if stem and len(ending.encode()) <= 20 else ""
    head = (stem if tail else name).encode()[: NAME_BYTES - len(tail.encode())].decode(errors="ignore")
    return head.rstrip(" .") + tail
