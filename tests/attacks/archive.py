"""Validation data and archive time stamps added to a signed PDF (EN 319 142-1, 5.4), as another tool would."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from types import MappingProxyType

from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.attacks import signing
from tests.attacks.contract import SIGNED_AT
from tests.pki import Authority

ARCHIVED_AT = SIGNED_AT + timedelta(hours=1)


def archived(raw: bytes, *posts: Authority, at: datetime = ARCHIVED_AT, by_value: bool = False) -> bytes:
    """Add validation data and one document time stamp of the first authority."""
    return stamped(stored(raw, *posts, at=at, by_value=by_value), posts[0], at=at)


def stamped(raw: bytes, post: Authority, *, at: datetime) -> bytes:
    """Add a document time stamp in a field of a name that is free."""
    taken = len(PdfFileReader(BytesIO(raw), strict=False).root["/AcroForm"]["/Fields"])
    return signing.time_stamp(raw, post, field=f"horodatage-{taken}", at=at)


def stored(
    raw: bytes,
    *posts: Authority,
    at: datetime,
    by_value: bool = False,
    more: Mapping[str, Sequence[bytes]] = MappingProxyType({}),
) -> bytes:
    """Add a document security store; `by_value` keys the data by signature too (VRI), `more` is put in beside it."""
    writer = IncrementalPdfFileWriter(BytesIO(raw), strict=False)
    certificates: list[bytes] = []
    lists: list[bytes] = []
    for post in posts:
        post.clock.time = at
        certificates += [one.certificate.public_bytes(Encoding.DER) for one in (post.root, post.seal, post.tsa)]
        lists += post.revocation()
    held = {
        "/Certs": _streams(writer, [*more.get("/Certs", ()), *certificates]),
        "/CRLs": _streams(writer, [*more.get("/CRLs", ()), *lists]),
    }
    store = generic.DictionaryObject({generic.pdf_name(key): value for key, value in held.items()})
    store[generic.pdf_name("/Type")] = generic.pdf_name("/DSS")
    if by_value:
        store[generic.pdf_name("/VRI")] = _by_value(writer, raw, held)
    writer.root[generic.pdf_name("/DSS")] = writer.add_object(store)
    writer.update_root()
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _by_value(
    writer: IncrementalPdfFileWriter, raw: bytes, held: dict[str, generic.ArrayObject]
) -> generic.DictionaryObject:
    entries = generic.DictionaryObject()
    for one in PdfFileReader(BytesIO(raw), strict=False).embedded_signatures:
        name = hashlib.sha1(one.pkcs7_content, usedforsecurity=False).hexdigest().upper()
        entries[generic.pdf_name(f"/{name}")] = generic.DictionaryObject(
            {generic.pdf_name("/Cert"): held["/Certs"], generic.pdf_name("/CRL"): held["/CRLs"]}
        )
    return entries


def _streams(writer: IncrementalPdfFileWriter, contents: list[bytes]) -> generic.ArrayObject:
    return generic.ArrayObject(writer.add_object(generic.StreamObject(stream_data=one)) for one in contents)
