"""The revisions of a sealed proof, as bytes: a seal, its validation data, an archive time stamp (ISO 32000-1, 7.5.6).

Written once, for whoever seals (`verifier.seal`) and for whoever writes a proof again to compare it (`verifier.rebuild`).
What varies from one seal to another is an argument: the instant, the name, the certificates and the containers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from verifier.append import Document, references, text

FIELD, TITLE = "LSE-Seal", "Sceau du service · Service seal"
TIME_STAMP_FIELD = "LSE-Timestamp-{}"
SEAL = (
    b"/Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached"
    b"/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P 1/V/1.2>>>>]"
)
_TIME_STAMP = b"/Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161"

Container = Callable[[bytes], bytes]
"""Takes the SHA-256 of all but the gap, and returns what goes into the gap."""


def certify(
    document: Document,
    *,
    when: bytes,
    name: str,
    room: int,
    container: Container,
    field: str = FIELD,
    title: str = TITLE,
) -> None:
    """Write the certifying seal, DocMDP "no changes"; `when` is a PDF date, `room` counts bytes."""
    document.commit_signed(
        field=field,
        title=title,
        entries=SEAL + b"/M%s/Name%s" % (when, text(name)),
        room=room,
        container=container,
        certify=True,
    )


def add_validation_data(document: Document, validation: Mapping[str, Sequence[bytes]]) -> None:
    """Write the document security store, keeping what an earlier one holds (EN 319 142-1, 5.4.2.2)."""
    arrays = b""
    for key, blobs in validation.items():
        held = document.streams("/DSS", key)
        new = [document.add_stream(one) for one in blobs if one not in held]
        arrays += key.encode() + references([*held.values(), *new])
    document.set_root("/DSS", document.add(b"<</Type/DSS%s>>" % arrays))
    document.commit()


def time_stamp(document: Document, *, room: int, container: Container) -> None:
    """Write a document time stamp over all that there is."""
    document.commit_signed(
        field=TIME_STAMP_FIELD.format(document.fields),
        title="Horodatage d’archive · Archive time stamp",
        entries=_TIME_STAMP,
        room=room,
        container=container,
    )
