"""The sender's own copy of a letter: its PDF, each attachment, and everything with the proofs in one zip."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from portal.routes.doors import audience, office, person
from portal.security.downloads import as_download
from portal.services import archive
from portal.services.register import Opened

counter = Blueprint("copies", __name__)


@counter.get("/lettres/<reference>/lettre.pdf")
@audience("sender")
def paper(reference: str) -> ResponseReturnValue:
    pdf = archive.paper(office(), _own(reference))
    return as_download(Response(pdf, mimetype="application/pdf"), f"{reference}.pdf")


@counter.get("/lettres/<reference>/piece/<int:position>")
@audience("sender")
def piece(reference: str, position: int) -> ResponseReturnValue:
    stored, blocks = archive.piece(office(), _own(reference), position)
    response = Response(blocks, mimetype=stored.piece.media_type)
    response.content_length = stored.piece.size
    return as_download(response, stored.piece.name)


@counter.get("/lettres/<reference>/tout.zip")
@audience("sender")
def bundle(reference: str) -> ResponseReturnValue:
    opened = _own(reference)
    blocks = archive.bundle(office(), opened, proven=archive.sealed(office(), opened))
    return as_download(Response(blocks, mimetype="application/zip"), f"{reference}.zip")


def _own(reference: str) -> Opened:
    return archive.of_sender(office(), person().id, reference)
