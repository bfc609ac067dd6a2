"""What came after a signature: benign additions, content, and what cannot be explained."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from tests import strangers
from tests.pki import NOW
from tests.strangers import NAME, Stranger, changed
from verifier.change_words import described
from verifier.check import check
from verifier.findings import Finding, Kind, Weight
from verifier.report import SignatureReport

Change = Callable[[IncrementalPdfFileWriter], None]


@pytest.fixture(scope="module")
def signed() -> bytes:
    return Stranger().sign(strangers.form("total"))


def after(signed: bytes, change: Change) -> SignatureReport:
    return check(changed(signed, change), anchors=[], now=NOW + timedelta(days=1)).signatures[0]


def kinds(one: SignatureReport) -> set[str]:
    return {each.kind for each in one.found}


def _field(writer: IncrementalPdfFileWriter, name: str) -> generic.DictionaryObject:
    return next(held for one in writer.root["/AcroForm"]["/Fields"] if (held := one.get_object())["/T"] == name)


def _set_form(writer: IncrementalPdfFileWriter, key: str, value: generic.PdfObject) -> None:
    writer.root["/AcroForm"][NAME(key)] = value
    writer.update_container(writer.root["/AcroForm"])


def test_defaults_of_a_form_that_had_none_are_benign(signed: bytes) -> None:
    one = after(signed, lambda writer: _set_form(writer, "/DA", generic.pdf_string("/Helv 0 Tf 0 g")))
    assert (one.changes, kinds(one)) == ("benign", {"form-resources"})


def test_pictures_among_the_forms_resources_show_nowhere(signed: bytes) -> None:
    def add(writer: IncrementalPdfFileWriter) -> None:
        held = {NAME("/n2"): writer.add_object(generic.StreamObject(stream_data=b"q Q"))}
        resources = generic.DictionaryObject({NAME("/XObject"): generic.DictionaryObject(held)})
        _set_form(writer, "/DR", resources)

    assert after(signed, add).changes == "benign"


def test_a_field_made_read_only_is_locked_and_one_set_free_is_changed(signed: bytes) -> None:
    def flags(value: int) -> Change:
        def change(writer: IncrementalPdfFileWriter) -> None:
            held = _field(writer, "total")
            held[NAME("/Ff")] = generic.NumberObject(value)
            writer.update_container(held)

        return change

    locked = after(signed, flags(1))
    assert (locked.changes, kinds(locked)) == ("benign", {"locked"})
    assert kinds(after(signed, flags(2))) == {"form-field"}


def test_a_note_beside_the_text_is_content_that_may_be_added(signed: bytes) -> None:
    def note(writer: IncrementalPdfFileWriter) -> None:
        leaf = writer.root["/Pages"]["/Kids"][0]
        look = generic.StreamObject({NAME("/Subtype"): NAME("/Form")}, stream_data=b"0 0 9 9 re f")
        held = {
            NAME("/Subtype"): NAME("/Square"),
            NAME("/Rect"): generic.ArrayObject(map(generic.NumberObject, (400, 10, 420, 30))),
            NAME("/AP"): generic.DictionaryObject({NAME("/N"): writer.add_object(look)}),
        }
        leaf["/Annots"].append(writer.add_object(generic.DictionaryObject(held)))
        writer.update_container(leaf["/Annots"])
        writer.update_container(leaf)

    one = after(signed, note)
    assert (one.changes, one.permitted, kinds(one)) == ("content", True, {"annotation-added"})


def test_a_field_taken_away_or_added_is_content_that_nobody_allowed(signed: bytes) -> None:
    def take(writer: IncrementalPdfFileWriter) -> None:
        held = writer.root["/AcroForm"]["/Fields"]
        del held[0]
        writer.update_container(held)

    one = after(signed, take)
    assert (one.changes, one.permitted) == ("content", False)
    assert "field-removed" in kinds(one)


def test_an_object_given_again_with_the_same_value_is_no_difference(signed: bytes) -> None:
    def again(writer: IncrementalPdfFileWriter) -> None:
        writer.update_container(_field(writer, "total"))

    one = after(signed, again)
    assert (one.changes, kinds(one)) == ("benign", {"update"})


def test_every_kind_of_finding_has_its_words_and_a_weight() -> None:
    for kind in Kind:
        one = described(Finding(kind, "page 1"))
        assert one.fr.endswith("."), kind
        assert one.en.endswith("."), kind
        assert Weight(one.weight) is not Weight.NONE
