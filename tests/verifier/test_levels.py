"""The level of a signature, by what its form and the data around it amount to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from asn1crypto import cms, core
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.ades.cades_asn1 import SignaturePolicyId, SignaturePolicyIdentifier

from tests.pki import NOW, drawn
from tests.strangers import NAME, Stranger, attribute, changed, resigned, without
from verifier.check import check

LATER = NOW + timedelta(days=30)


def _time() -> cms.CMSAttribute:
    return attribute("signing_time", cms.Time({"utc_time": core.UTCTime(NOW)}))


def _policy() -> cms.CMSAttribute:
    digest = {"digest_algorithm": {"algorithm": "sha256"}, "digest": bytes(32)}
    named = SignaturePolicyId({"sig_policy_id": "1.2.3", "sig_policy_hash": digest})
    return attribute("signature_policy_identifier", SignaturePolicyIdentifier({"signature_policy_id": named}))


@pytest.fixture(scope="module")
def stranger() -> Stranger:
    return Stranger()


@pytest.fixture(scope="module")
def signed(stranger: Stranger) -> bytes:
    return stranger.sign(drawn())


def levels(raw: bytes) -> list[str]:
    return [one.level for one in check(raw, anchors=[], now=LATER).signatures if one.kind == "signature"]


@pytest.mark.parametrize("level", ["B", "T", "LT", "LTA"])
def test_a_baseline_signature_has_the_level_of_what_surrounds_it(level: str, stranger: Stranger) -> None:
    assert levels(stranger.sign(drawn(), level=level)) == [f"PAdES-BASELINE-{level}"]


def test_a_signing_time_inside_makes_a_signature_of_the_older_profile(signed: bytes, stranger: Stranger) -> None:
    raw = resigned(signed, stranger.post.seal, attributes=lambda held: [*held, _time()])
    assert levels(raw) == ["PAdES-BES"]


def test_a_signature_policy_beside_a_signing_time_makes_it_explicit(signed: bytes, stranger: Stranger) -> None:
    raw = resigned(signed, stranger.post.seal, attributes=lambda held: [*held, _time(), _policy()])
    assert levels(raw) == ["PAdES-EPES"]


@pytest.mark.parametrize("kind", ["signing_certificate_v2", "message_digest", "content_type"])
def test_a_missing_attribute_makes_no_level_of_etsi(kind: str, signed: bytes, stranger: Stranger) -> None:
    assert levels(resigned(signed, stranger.post.seal, attributes=without(kind))) == ["PDF-NOT-ETSI"]


def test_a_document_time_stamp_before_the_signature_counts_for_nothing(stranger: Stranger) -> None:
    first = stranger.sign(drawn(), level="LTA")
    assert levels(stranger.sign(first, "Signature2")) == ["PAdES-BASELINE-LTA", "PAdES-BASELINE-B"]


def test_validation_data_without_revocation_data_make_no_long_term_level(stranger: Stranger) -> None:
    def add(writer: IncrementalPdfFileWriter) -> None:
        stream = generic.StreamObject(stream_data=stranger.post.root_pem)
        store = {NAME("/Certs"): generic.ArrayObject([writer.add_object(stream)])}
        writer.root[NAME("/DSS")] = writer.add_object(generic.DictionaryObject(store))
        writer.update_root()

    assert levels(changed(stranger.sign(drawn(), level="T"), add)) == ["PAdES-BASELINE-T"]
