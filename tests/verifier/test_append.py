"""Appending to a PDF: nothing before is touched, nothing but the gap is left out, and odd files are turned away."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from typing import Any

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

from tests.pki import drawn
from verifier.append import Document, FileUnfit, date, text

RANGE = re.compile(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]")


def signed(pdf: bytes, *names: str) -> tuple[bytes, list[bytes]]:
    """Append one field per name, each with a container of three bytes; return the file and the digests asked for."""
    digests: list[bytes] = []

    def container(digest: bytes) -> bytes:
        digests.append(digest)
        return b"\x30\x01\x00"

    document = Document(pdf)
    for name in names:
        document.commit_signed(
            field=name, title=name, entries=b"/Type/Sig", room=8, container=container, certify=name == names[0]
        )
    return document.to_bytes(), digests


def test_every_revision_is_a_file_that_reads_strictly_and_begins_with_the_last() -> None:
    once, _ = signed(drawn(), "first")
    twice, _ = signed(drawn(), "first", "second")
    assert once.startswith(drawn())
    reader = PdfFileReader(BytesIO(twice))
    assert reader.xrefs.total_revisions == 3
    assert [str(field.get_object()["/T"]) for field in reader.root["/AcroForm"]["/Fields"]] == ["first", "second"]
    assert len(reader.root["/Pages"]["/Kids"][0]["/Annots"]) == 2


def test_the_byte_range_leaves_out_exactly_the_gap() -> None:
    pdf, digests = signed(drawn(), "first", "second")
    matches = list(RANGE.finditer(pdf))
    assert len(matches) == 2
    for match, digest in zip(matches, digests, strict=True):
        first, second, length = map(int, match.groups())
        assert pdf[first:second] == b"<300100" + b"0" * 10 + b">"
        assert hashlib.sha256(pdf[:first] + pdf[second : second + length]).digest() == digest
    assert second + length == len(pdf)


def test_a_file_appended_to_is_appended_to_again_after_being_read_anew() -> None:
    pdf, _ = signed(drawn(), "first")
    document = Document(pdf)
    assert document.fields == 1
    document.commit_signed(field="later", title="", entries=b"/Type/Sig", room=8, container=lambda _: b"\x30\x00")
    fields = PdfFileReader(BytesIO(document.to_bytes())).root["/AcroForm"]["/Fields"]
    assert [str(field.get_object()["/T"]) for field in fields] == ["first", "later"]


def test_links_on_the_page_stay() -> None:
    pdf, _ = signed(drawn('#link("https://example.org")[lien]'), "first")
    annotations = PdfFileReader(BytesIO(pdf)).root["/Pages"]["/Kids"][0]["/Annots"]
    assert [one.get_object()["/Subtype"] for one in annotations] == ["/Link", "/Widget"]


def test_a_container_larger_than_its_room_is_refused() -> None:
    with pytest.raises(FileUnfit, match="got 9 bytes, expected at most 8"):
        Document(drawn()).commit_signed(field="f", title="", entries=b"", room=8, container=lambda _: bytes(9))


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.7\n", drawn()[:-200], b"<html></html>"])
def test_what_is_no_whole_pdf_is_refused(pdf: bytes) -> None:
    with pytest.raises(FileUnfit):
        Document(pdf)


def test_a_cross_reference_stream_is_refused() -> None:
    new: Any = PdfFileWriter
    page: Any = PageObject
    writer, stream = new(stream_xrefs=True), BytesIO()
    writer.insert_page(
        page(
            contents=writer.add_object(generic.StreamObject(stream_data=b"")),
            media_box=generic.ArrayObject(map(generic.NumberObject, (0, 0, 10, 10))),
        )
    )
    writer.write(stream)
    with pytest.raises(FileUnfit, match="cross-reference table"):
        Document(stream.getvalue())


def test_dates_and_texts_are_those_of_the_format() -> None:
    noumea = datetime(2026, 4, 14, 15, 39, 5, tzinfo=timezone(timedelta(hours=11)))
    assert date(noumea) == date(noumea.astimezone(UTC)) == b"(D:20260414043905Z)"
    assert text("é") == b"<FEFF00E9>"
