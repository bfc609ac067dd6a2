"""The seal: what it covers, what it holds, what it refuses, as an independent library judges it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from asn1crypto import x509 as asn1_x509
from asn1crypto.crl import CertificateList
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import MDPPerm, enumerate_sig_fields
from pyhanko.sign.validation import DocumentSecurityStore, EmbeddedPdfSignature
from pyhanko.sign.validation.ades import AdESLTAValidationResult, ades_lta_validation, ades_with_time_validation
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy, FreshnessReqType
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer

from tests.pki import NOW, YEAR, Authority, authority, drawn
from verifier.credential import Credential, CredentialUnfit
from verifier.revise import FIELD
from verifier.seal import Sealer


@pytest.fixture(scope="module")
def post() -> Authority:
    return authority()


@pytest.fixture(scope="module")
def sealed(post: Authority) -> bytes:
    return post.sealer().seal(drawn(), now=NOW)


IN_FORCE = CertRevTrustPolicy(REQUIRE_REVINFO)
"""A revocation list counts until its next update."""
ARCHIVED = CertRevTrustPolicy(
    REQUIRE_REVINFO, freshness=10 * YEAR, freshness_req_type=FreshnessReqType.MAX_DIFF_REVOCATION_VALIDATION
)
"""The list that the file holds counts for ten years: nobody fetches a newer one for the last time stamp."""


def spec(trusted: Authority, revocation: CertRevTrustPolicy = IN_FORCE) -> PdfSignatureValidationSpec:
    """Trust one root, demand revocation data, fetch nothing."""
    root = asn1_x509.Certificate.load(trusted.root.certificate.public_bytes(Encoding.DER))
    return PdfSignatureValidationSpec(
        SignatureValidationSpec(
            cert_validation_policy=CertValidationPolicySpec(
                trust_manager=SimpleTrustManager.build(trust_roots=[root]),
                revinfo_policy=revocation,
            ),
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY
            ),
        )
    )


def seal_of(pdf: bytes) -> EmbeddedPdfSignature:
    signatures: list[EmbeddedPdfSignature] = PdfFileReader(BytesIO(pdf)).embedded_signatures
    (seal,) = (one for one in signatures if one.field_name == FIELD)
    return seal


def lta(
    pdf: bytes, trusted: Authority, *, at: datetime = NOW, revocation: CertRevTrustPolicy = IN_FORCE
) -> AdESLTAValidationResult:
    timing = ValidationTimingInfo(validation_time=at, best_signature_time=at, point_in_time_validation=True)
    return asyncio.run(ades_lta_validation(seal_of(pdf), spec(trusted, revocation), timing))


def test_a_sealed_file_begins_with_the_drawn_file(sealed: bytes) -> None:
    assert sealed.startswith(drawn())


def test_a_seal_passes_long_term_validation_from_the_root_alone(sealed: bytes, post: Authority) -> None:
    result = lta(sealed, post)
    assert result.ades_subindic is AdESPassed.OK
    assert result.best_signature_time == NOW
    assert result.api_status is not None
    assert result.api_status.bottom_line


def test_a_seal_passes_validation_with_time(sealed: bytes, post: Authority) -> None:
    seal = seal_of(sealed)
    result = asyncio.run(
        ades_with_time_validation(
            seal.signed_data,
            replace(
                spec(post).signature_validation_spec,
                local_knowledge=LocalKnowledge(
                    known_certs=list(DocumentSecurityStore.read_dss(seal.reader).load_certs()),
                    known_crls=[CRLContainer(CertificateList.load(raw)) for raw in post.revocation()],
                ),
            ),
            timing_info=ValidationTimingInfo(
                validation_time=NOW, best_signature_time=NOW, point_in_time_validation=True
            ),
            raw_digest=seal.compute_digest(),
        )
    )
    assert result.ades_subindic is AdESPassed.OK


@pytest.mark.parametrize("years", [1, 9])
def test_a_seal_passes_years_later_on_what_it_holds(sealed: bytes, post: Authority, years: int) -> None:
    result = lta(sealed, post, at=NOW + years * YEAR, revocation=ARCHIVED)
    assert result.ades_subindic is AdESPassed.OK
    assert result.best_signature_time == NOW


def test_a_foreign_root_of_the_same_name_is_not_enough(sealed: bytes) -> None:
    foreign = authority()
    result = lta(sealed, foreign)
    assert result.ades_subindic is not AdESPassed.OK


def test_a_changed_byte_is_found(sealed: bytes, post: Authority) -> None:
    place = sealed.index(b"/Tabs")
    assert lta(sealed[:place] + b"/Tabt" + sealed[place + 5 :], post).ades_subindic is not AdESPassed.OK


def test_the_seal_certifies_that_nothing_may_change(sealed: bytes) -> None:
    seal = seal_of(sealed)
    seal.compute_integrity_info()  # type: ignore[no-untyped-call]
    assert seal.docmdp_level is MDPPerm.NO_CHANGES
    assert seal.coverage is SignatureCoverageLevel.ENTIRE_REVISION
    assert seal.diff_result.modification_level is ModificationLevel.LTA_UPDATES


def test_the_last_time_stamp_covers_the_whole_file(sealed: bytes) -> None:
    (last,) = PdfFileReader(BytesIO(sealed)).embedded_timestamp_signatures
    last.compute_integrity_info()
    assert last.coverage is SignatureCoverageLevel.ENTIRE_FILE


def test_the_signature_dictionary_is_that_of_a_baseline_level(sealed: bytes) -> None:
    dictionary = seal_of(sealed).sig_object
    assert dictionary["/SubFilter"] == "/ETSI.CAdES.detached"
    assert dictionary["/Filter"] == "/Adobe.PPKLite"
    assert dictionary["/M"] == "D:20260414043905Z"
    assert dictionary["/Name"] == "LSE TEST Sceau — SANS VALEUR"
    assert "/Reason" not in dictionary


def test_the_signed_attributes_are_three_and_hold_no_time(sealed: bytes) -> None:
    signer = seal_of(sealed).signer_info
    assert {one["type"].native for one in signer["signed_attrs"]} == {
        "content_type",
        "message_digest",
        "signing_certificate_v2",
    }
    assert [one["type"].native for one in signer["unsigned_attrs"]] == ["signature_time_stamp_token"]


def test_the_security_store_holds_every_certificate_and_revocation_list(sealed: bytes, post: Authority) -> None:
    store = PdfFileReader(BytesIO(sealed)).root["/DSS"]
    holders = (post.seal, post.root, post.tsa)
    assert {one.get_object().data for one in store["/Certs"]} == {
        holder.certificate.public_bytes(Encoding.DER) for holder in holders
    }
    assert len(store["/CRLs"]) == 1


def test_the_fields_are_invisible_named_and_print(sealed: bytes) -> None:
    reader = PdfFileReader(BytesIO(sealed))
    fields = list(enumerate_sig_fields(reader, filled_status=True))
    assert [name for name, _, _ in fields] == [FIELD, "LSE-Timestamp-1"]
    for _, _, reference in fields:
        field = reference.get_object()
        assert [float(one) for one in field["/Rect"]] == [0, 0, 0, 0]
        assert field["/F"] == 132
        assert field["/TU"]
    assert reader.root["/Pages"]["/Kids"][0]["/Tabs"] == "/S"


def test_the_metadata_and_the_version_stay_as_drawn(sealed: bytes) -> None:
    before, after = PdfFileReader(BytesIO(drawn())), PdfFileReader(BytesIO(sealed))
    assert after.root["/Metadata"].data == before.root["/Metadata"].data
    assert after.root.raw_get("/Metadata").reference == before.root.raw_get("/Metadata").reference
    assert after.input_version == before.input_version == (1, 7)
    assert "/Extensions" not in after.root


def test_two_seals_of_one_page_differ_only_after_it(post: Authority) -> None:
    first, second = (post.sealer().seal(drawn(), now=NOW) for _ in range(2))
    assert first != second
    assert first[: len(drawn())] == second[: len(drawn())]


def test_a_renewed_seal_outlives_the_certificate_that_made_it() -> None:
    post = authority(seal_until=NOW + YEAR)
    sealed = post.sealer().seal(drawn(), now=NOW)
    post.clock.time = NOW + YEAR / 2
    renewed = post.sealer().renew(sealed, now=post.clock.time)
    assert renewed.startswith(sealed)
    assert len(PdfFileReader(BytesIO(renewed)).embedded_timestamp_signatures) == 2
    result = lta(renewed, post, at=NOW + 2 * YEAR, revocation=ARCHIVED)
    assert result.ades_subindic is AdESPassed.OK
    assert result.best_signature_time == NOW


def test_an_rsa_key_seals_too(post: Authority) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    certificate = reissued(post, key)
    sealer = replace(post.sealer(), credential=Credential.of(key, certificate, (post.root.certificate,)))
    assert lta(sealer.seal(drawn(), now=NOW), post).ades_subindic is AdESPassed.OK


def reissued(post: Authority, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """The seal's certificate, for another key."""
    model = post.seal.certificate
    builder = x509.CertificateBuilder(model.issuer, model.subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(model.not_valid_before_utc).not_valid_after(model.not_valid_after_utc)
    for one in model.extensions:
        if not isinstance(one.value, x509.SubjectKeyIdentifier):
            builder = builder.add_extension(one.value, one.critical)
    return builder.sign(post.root.private_key, hashes.SHA256())


def test_a_certificate_of_another_key_or_a_weak_key_makes_no_credential(post: Authority) -> None:
    with pytest.raises(CredentialUnfit, match="for another key"):
        Credential.of(post.tsa.private_key, post.seal.certificate, ())
    weak = ec.generate_private_key(ec.SECP224R1())
    with pytest.raises(CredentialUnfit, match="expected P-256"):
        _ = Credential.of(weak, reissued(post, weak), ()).public_key


def test_a_credential_is_read_from_a_pkcs12_file_with_its_whole_chain(post: Authority) -> None:
    def packed(*chain: x509.Certificate) -> bytes:
        lock = BestAvailableEncryption(b"secret")
        return pkcs12.serialize_key_and_certificates(b"seal", post.seal.private_key, post.seal.certificate, chain, lock)

    read = Credential.from_pkcs12(packed(post.tsa.certificate, post.root.certificate), b"secret")
    assert read.certificates == (post.seal.certificate, post.root.certificate)
    assert lta(replace(post.sealer(), credential=read).seal(drawn(), now=NOW), post).ades_subindic is AdESPassed.OK
    with pytest.raises(CredentialUnfit, match="expected all up to the root"):
        Credential.from_pkcs12(packed(authority().root.certificate), b"secret")
    with pytest.raises(CredentialUnfit, match="wrong passphrase"):
        Credential.from_pkcs12(packed(post.root.certificate), b"other")


def test_a_careless_seal_with_a_revoked_certificate_does_not_pass() -> None:
    post = authority()
    post.revoke(post.seal, NOW - timedelta(hours=1))
    sealed = post.sealer(careless=True).seal(drawn(), now=NOW)
    assert lta(sealed, post).ades_subindic is not AdESPassed.OK


def test_sealing_runs_nothing_of_asn1crypto(post: Authority) -> None:
    """asn1crypto 1.5.1 takes some definite lengths for the indefinite form, and stalls for seconds on them."""
    files: set[str] = set()
    sys.setprofile(lambda frame, event, argument: files.add(frame.f_code.co_filename))
    try:
        post.sealer().seal(drawn(), now=NOW)
    finally:
        sys.setprofile(None)
    assert any("pyhanko" in file for file in files)
    assert not [file for file in files if "asn1crypto" in file]


def test_importing_the_domain_of_proofs_does_not_load_the_pdf_library() -> None:
    code = "import sys, verifier.statement, verifier.stamp; sys.exit('pyhanko' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_sealer_is_a_value(post: Authority) -> None:
    sealer = post.sealer()
    assert isinstance(sealer, Sealer)
    with pytest.raises(AttributeError):
        sealer.tolerance = timedelta(0)  # type: ignore[misc]
