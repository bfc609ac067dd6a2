"""Revisions appended to a proof of ours after its last time stamp, with and without the marks of a revision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.attacks.wrapping import Attack


def incremental(proof: bytes) -> Iterator[Attack]:
    """Content appended after the last time stamp, with and without the marks of a revision."""
    number = _free_number(proof)
    content = (
        b"%d 0 obj\n<</Length 44>>stream\nBT /F1 24 Tf 100 700 Td (Faux contenu) Tj ET\nendstream\nendobj\n" % number
    )
    yield "incremental: object alone", proof + content
    yield "incremental: object and end", proof + content + b"%%EOF\n"
    trailer = b"trailer\n<</Size %d /Root %s /Prev %d>>\n" % (number + 1, _root(proof), _startxref(proof))
    yield "incremental: trailer without table", proof + content + trailer + b"%%EOF\n"
    for name, change in _CHANGES.items():
        writer = IncrementalPdfFileWriter(BytesIO(proof))
        change(writer)
        out = BytesIO()
        writer.write(out)
        yield f"incremental: {name}", out.getvalue()
        yield f"incremental: {name}, no end mark", out.getvalue().removesuffix(b"%%EOF\n")


def _page_content(writer: IncrementalPdfFileWriter) -> None:
    leaf = writer.root["/Pages"]["/Kids"][0]
    stream = generic.StreamObject(stream_data=b"1 0 0 rg 0 0 600 850 re f")
    leaf[generic.pdf_name("/Contents")] = writer.add_object(stream)
    writer.update_container(leaf)


def _new_page(writer: IncrementalPdfFileWriter) -> None:
    pages = writer.root["/Pages"]
    leaf = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Page"),
            generic.pdf_name("/Parent"): writer.root.raw_get("/Pages"),
            generic.pdf_name("/MediaBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 595, 842))),
        }
    )
    pages["/Kids"].append(writer.add_object(leaf))
    pages[generic.pdf_name("/Count")] = generic.NumberObject(2)
    writer.update_container(pages)


def _annotation(writer: IncrementalPdfFileWriter) -> None:
    leaf = writer.root["/Pages"]["/Kids"][0]
    look = generic.StreamObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/XObject"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/Form"),
            generic.pdf_name("/BBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 400, 400))),
        },
        stream_data=b"1 g 0 0 400 400 re f",
    )
    note = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
            generic.pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (100, 400, 500, 800))),
            generic.pdf_name("/AP"): generic.DictionaryObject({generic.pdf_name("/N"): writer.add_object(look)}),
        }
    )
    leaf["/Annots"].append(writer.add_object(note))
    writer.update_container(leaf)


def _evidence(writer: IncrementalPdfFileWriter) -> None:
    names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
    stream = names[1]["/EF"].raw_get("/F")
    held = stream.get_object()
    changed = generic.StreamObject(dict(held), stream_data=held.data.replace(b"Alice", b"Mallo"))
    writer.objects[stream.generation, stream.idnum] = changed


def _catalog(writer: IncrementalPdfFileWriter) -> None:
    writer.root[generic.pdf_name("/OpenAction")] = generic.ArrayObject()
    writer.update_root()


def _seal_dictionary(writer: IncrementalPdfFileWriter) -> None:
    value = writer.root["/AcroForm"]["/Fields"][0].raw_get("/V")
    held = value.get_object()
    held[generic.pdf_name("/Name")] = generic.TextStringObject("Autre poste")
    writer.update_container(held)


def _hidden_seal(writer: IncrementalPdfFileWriter) -> None:
    form = writer.root["/AcroForm"]
    del form["/Fields"][0]
    writer.update_container(form)


_CHANGES: dict[str, Callable[[IncrementalPdfFileWriter], None]] = {
    "page replaced": _page_content,
    "page added": _new_page,
    "annotation over the page": _annotation,
    "evidence replaced": _evidence,
    "catalog changed": _catalog,
    "signature dictionary changed": _seal_dictionary,
    "seal taken out of the form": _hidden_seal,
}


def _free_number(proof: bytes) -> int:
    return int(PdfFileReader(BytesIO(proof)).trailer["/Size"])


def _root(proof: bytes) -> bytes:
    reference = PdfFileReader(BytesIO(proof)).root_ref
    return b"%d %d R" % (reference.idnum, reference.generation)


def _startxref(proof: bytes) -> int:
    return int(proof[proof.rindex(b"startxref") + 9 :].split()[0])
