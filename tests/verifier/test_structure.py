"""The gap rule, the revisions that a proof may grow by, and the guard of the DER library."""

from __future__ import annotations

import pytest
from asn1crypto import core

from tests import attacks
from tests.proofs import Service
from verifier import asn1, structure
from verifier.revisions import NotAnUpdate, revisions
from verifier.structure import GapWrong, PdfBroken


def test_each_signature_of_a_proof_covers_all_but_its_value(proof: bytes) -> None:
    fields = structure.signature_fields(structure.open_pdf(proof))
    assert [one.name for one in fields] == ["LSE-Seal", "LSE-Timestamp-1"]
    for one in fields:
        assert one.dictionary is not None
        covered = structure.covered(proof, one.dictionary)
        assert len(covered.octets(proof)) == covered.end - (covered.gap_end - covered.gap_start)
        assert structure.same_in_its_revision(proof, one, covered.end)


def test_the_last_time_stamp_covers_the_whole_file(proof: bytes) -> None:
    last = structure.signature_fields(structure.open_pdf(proof))[-1]
    assert last.dictionary is not None
    assert structure.covered(proof, last.dictionary).end == len(proof)


@pytest.mark.parametrize(
    "name",
    [
        "wrapping: bytes after the value",
        "wrapping: value as a literal string",
        "wrapping: white space in the value",
        "forgery: byte range missing",
        "forgery: byte range two numbers",
        "forgery: byte range whole file",
        "forgery: byte range past the end",
        "forgery: contents empty",
    ],
)
def test_a_gap_that_is_not_the_value_is_refused(name: str, proof: bytes) -> None:
    raw = {**dict(attacks.wrapped(proof)), **dict(attacks.forged(proof))}[name]
    seal = structure.signature_fields(structure.open_pdf(raw))[0]
    assert seal.dictionary is not None
    with pytest.raises(GapWrong):
        structure.covered(raw, seal.dictionary)


def test_bytes_after_the_end_are_counted(proof: bytes) -> None:
    assert structure.scan(proof).trailing == 0
    assert structure.scan(proof + b"\n \n").trailing == 0
    assert structure.scan(proof + b"x y").trailing == 3


def test_a_proof_grows_by_a_seal_validation_data_and_a_time_stamp(proof: bytes) -> None:
    added = revisions(structure.open_pdf(proof), sealed_by="LSE-Seal")
    assert [(len(one.fields), one.validation_data) for one in added] == [(1, False), (0, True), (1, False)]


def test_every_other_revision_is_refused(proof: bytes) -> None:
    passed = []
    for name, raw in attacks.incremental(proof):
        try:
            revisions(structure.open_pdf(raw), sealed_by="LSE-Seal")
            passed.append(name)
        except (NotAnUpdate, PdfBroken):
            continue
    # an object that no table names is no revision: the rule on bytes after the end refuses it
    assert passed == ["incremental: object alone"]


def test_the_seal_must_be_the_first_addition(service: Service) -> None:
    statement = service.statement()
    from verifier import page

    drawn = page.draw(statement, service.attached(statement))
    with pytest.raises(NotAnUpdate, match="one revision"):
        revisions(structure.open_pdf(drawn), sealed_by="LSE-Seal")


def test_a_definite_length_that_ends_in_0x80_is_not_encoded_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """asn1crypto 1.5.1 takes a length of 128 octets for the indefinite form (wbond/asn1crypto#249)."""
    asn1.install()
    encoded = bytes.fromhex("308180") + bytes.fromhex("047e") + bytes(126)
    value = core.SequenceOf.load(encoded, spec=core.OctetString)

    def encode(*_: object, **__: object) -> None:
        pytest.fail("a definite length was encoded anew")

    monkeypatch.setattr(core.SequenceOf, "_set_contents", encode)
    assert value.dump() == encoded


def test_an_indefinite_length_is_still_made_definite() -> None:
    asn1.install()
    value = core.SequenceOf.load(bytes.fromhex("3080040141" + "0000"), spec=core.OctetString)
    assert value.dump() == bytes.fromhex("3003040141")


def test_a_changed_value_is_encoded_anew() -> None:
    asn1.install()
    value = core.SequenceOf.load(bytes.fromhex("308180") + bytes.fromhex("047e") + bytes(126), spec=core.OctetString)
    value[0] = core.OctetString(b"A")
    assert value.dump() == bytes.fromhex("3003040141")
