"""The validation report of ETSI TS 119 102-2: its digests, its indications, its schema, and what it refuses to say."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from zipfile import ZipFile

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from lxml import etree

from tests import attacks
from tests.attacks import vectors
from tests.proofs import ACT, Service
from verifier import etsi_report, sandbox, trust
from verifier.check import check
from verifier.extract import extract
from verifier.identity import identified
from verifier.report import Report, SignatureReport, Verdict

pytest.importorskip("xsdata")
NOW = ACT + timedelta(days=1)
SPECS = ("specs-validation-report", "specs-xades", "specs-trusted-list-v211", "specs-xmldsig")
SCHEMA = "TS119102-2-v122.xsd"
"""The one of the namespace http://uri.etsi.org/19102/v1.2.1#."""
IMPORTED = {
    "xmldsig-core-schema.xsd": "xmldsig-core-schema.xsd",
    "XAdES.xsd": "XAdES.xsd",
    "ts_119612v020201_201601xsd.xsd": "ts_119612v020101_xsd.xsd",
    "xml.xsd": "xml.xsd",
}


def judged(raw: bytes, *anchors: bytes) -> Report:
    return identified(raw, check(raw, anchors=anchors, now=NOW, name="preuve.pdf"))


def values(xml: bytes, name: str) -> list[str]:
    return [one.text or "" for one in etree.fromstring(xml).iter(f"{{{etsi_report.NAMESPACES['vr']}}}{name}")]


def last_indication(xml: bytes) -> tuple[str, str]:
    """The main indication of the first signature, and its sub-indication."""
    spaces = etsi_report.NAMESPACES
    [status] = etree.fromstring(xml).xpath(
        "vr:SignatureValidationReport[1]/vr:SignatureValidationStatus", namespaces=spaces
    )
    sub = status.find("vr:SubIndication", spaces)
    return status.find("vr:MainIndication", spaces).text, "" if sub is None else sub.text


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    """The published schema, from Maven Central; its imports are answered from the same archives."""
    maven = shutil.which("mvn")
    if maven is None:
        word = "mvn is not installed on this machine"
        if os.environ.get("LSE_REQUIRE_TOOLS") == "1":
            pytest.fail(word)
        pytest.skip(word)
    asked = "eu.europa.ec.joinup.sd-dss:specs-validation-report:6.4"
    folder = Path.home() / ".m2/repository/eu/europa/ec/joinup/sd-dss"
    if not all((folder / name).is_dir() for name in SPECS):
        subprocess.run([maven, "-q", "-B", "dependency:get", f"-Dartifact={asked}"], check=True, timeout=300)
    held: dict[str, bytes] = {}
    for jar in (one for name in SPECS for one in (folder / name).glob("*/*.jar")):
        with ZipFile(jar) as archive:
            held |= {Path(one).name: archive.read(one) for one in archive.namelist() if one.endswith(".xsd")}

    class Archive(etree.Resolver):
        def resolve(self, url: str, public: str | None, context: object) -> object:
            return self.resolve_string(held[IMPORTED[url.rpartition("/")[2]]], context)

    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Archive())
    return etree.XMLSchema(etree.fromstring(held[SCHEMA], parser))


def test_the_report_of_each_verdict_is_valid_against_the_published_schema(
    schema: etree.XMLSchema, proof: bytes, service: Service
) -> None:
    other = dict(attacks.other_files(proof))
    files = {
        "genuine": judged(proof, service.anchor),
        "without its root": judged(proof),
        "changed": judged(dict(attacks.flipped(proof))["flipped: page"], service.anchor),
        "never sealed": judged(other["other: page never sealed"]),
        "renewed": judged(service.renewed(proof, after=timedelta(days=20)), service.anchor),
        "identities not asked for": check(proof, anchors=[service.anchor], now=NOW),
    }
    for name, report in files.items():
        document = etree.fromstring(etsi_report.write(report))
        assert schema.validate(document), f"{name}: {schema.error_log}"
    assert {report.verdict for report in files.values()} == set(Verdict) - {Verdict.UNREADABLE}


@pytest.mark.parametrize("family", [*vectors.ATTACKS, *vectors.CONTROLS])
def test_the_report_on_other_signed_files_is_valid_too(schema: etree.XMLSchema, family: str) -> None:
    for vector in islice(vectors.of(family), 3):
        report = check(vector.raw, anchors=[vector.anchor], now=vector.now, name=vector.name)
        if report.verdict is not Verdict.UNREADABLE:
            document = etree.fromstring(etsi_report.write(identified(vector.raw, report)))
            assert schema.validate(document), f"{vector.name}: {schema.error_log}"


def test_each_verdict_has_its_main_indication_and_the_reason_for_it(proof: bytes, service: Service) -> None:
    urn = "urn:etsi:019102"
    assert last_indication(etsi_report.write(judged(proof, service.anchor))) == (
        f"{urn}:mainindication:total-passed",
        "",
    )
    assert last_indication(etsi_report.write(judged(proof))) == (
        f"{urn}:mainindication:indeterminate",
        f"{urn}:subindication:NO_CERTIFICATE_CHAIN_FOUND",
    )
    changed = dict(attacks.flipped(proof))["flipped: page"]
    assert last_indication(etsi_report.write(judged(changed, service.anchor))) == (
        f"{urn}:mainindication:total-failed",
        f"{urn}:subindication:HASH_FAILURE",
    )
    stripped = dict(attacks.other_files(proof))["other: page never sealed"]
    assert last_indication(etsi_report.write(judged(stripped))) == (
        f"{urn}:mainindication:total-failed",
        f"{urn}:subindication:FORMAT_FAILURE",
    )


def test_the_signature_value_verifies_over_the_digest_of_the_data_to_be_signed(
    proof: bytes, service: Service, tmp_path: Path
) -> None:
    """The certificate's own key accepts the digest: no other reading of the signed attributes would."""
    extract(proof, tmp_path)
    certificates = {
        trust.fingerprint(one): one
        for one in x509.load_pem_x509_certificates((tmp_path / "certificates.pem").read_bytes())
    }
    for one in judged(proof, service.anchor).signatures:
        assert one.identity is not None
        assert one.signer is not None
        key = certificates[one.signer.sha256].public_key()
        digest, algorithm = bytes.fromhex(one.identity.dtbsr_sha256), Prehashed(hashes.SHA256())
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(one.identity.value, digest, PKCS1v15(), algorithm)
        else:
            assert isinstance(key, ec.EllipticCurvePublicKey)
            key.verify(one.identity.value, digest, ec.ECDSA(algorithm))


def test_the_report_names_the_seal_by_value_and_digests_that_openssl_reads_too(
    proof: bytes, service: Service, tmp_path: Path
) -> None:
    from hashlib import sha256

    extract(proof, tmp_path)
    seal = judged(proof, service.anchor).signatures[0]
    assert seal.identity is not None
    assert seal.identity.value == (tmp_path / "seal.sig").read_bytes()
    assert seal.identity.document_sha256 == sha256((tmp_path / "signed.bin").read_bytes()).hexdigest()
    assert seal.identity.time_stamp_sha256 == sha256((tmp_path / "seal.tst").read_bytes()).hexdigest()
    spaces = etsi_report.NAMESPACES
    root = etree.fromstring(etsi_report.write(judged(proof, service.anchor)))
    [digest] = root.xpath(
        "vr:SignatureValidationReport/vr:SignatureIdentifier/vr:DigestAlgAndValue/ds:DigestValue", namespaces=spaces
    )
    assert base64.b64decode(digest.text).hex() == seal.identity.dtbsr_sha256
    [value] = root.xpath("vr:SignatureValidationReport/vr:SignatureIdentifier/ds:SignatureValue", namespaces=spaces)
    assert base64.b64decode(value.text) == seal.identity.value


def test_every_reference_leads_to_one_object_and_every_archive_time_stamp_has_a_report(
    proof: bytes, service: Service
) -> None:
    root = etree.fromstring(etsi_report.write(judged(proof, service.anchor)))
    identifiers = root.xpath("//@id")
    assert len(identifiers) == len(set(identifiers))
    assert set(root.xpath("//@VOReference")) <= set(identifiers)
    nested = root.xpath("//vr:ValidationObject/vr:ValidationReport", namespaces=etsi_report.NAMESPACES)
    assert len(nested) == 1


def test_the_proved_time_is_written_only_where_the_chain_is_trusted(proof: bytes, service: Service) -> None:
    for anchors, expected in (([service.anchor], ACT + timedelta(seconds=1)), ([], NOW)):
        times = values(etsi_report.write(judged(proof, *anchors)), "POETime")
        assert times[0] == f"{expected:%Y-%m-%dT%H:%M:%SZ}"


def test_a_signature_passes_only_if_nothing_in_the_file_stands_against_it(proof: bytes, service: Service) -> None:
    genuine = judged(proof, service.anchor)
    seal = genuine.signatures[0]

    def answered(report: Report, **changes: object) -> tuple[str, str]:
        one: SignatureReport = replace(seal, **changes)  # type: ignore[arg-type]
        return etsi_report.indication(replace(report, signatures=(one, *genuine.signatures[1:])), one)

    invalid = replace(genuine, verdict=Verdict.INVALID, sub_indication="FORMAT_FAILURE")
    assert answered(genuine) == ("PASSED", "")
    assert answered(genuine, intact=False)[0] == "FAILED"
    assert answered(genuine, changes="content")[0] == "FAILED"
    assert answered(genuine, trusted=None)[0] == "INDETERMINATE"
    assert answered(genuine, intact=None)[0] == "INDETERMINATE"
    assert answered(genuine, indication="")[0] == "INDETERMINATE"
    assert answered(genuine, indication="TOTAL-PASSED")[0] == "PASSED"
    assert answered(invalid) == ("FAILED", "FORMAT_FAILURE")
    other = replace(seal, field="Autre", intact=False, indication="FAILED")
    assert etsi_report.indication(replace(invalid, signatures=(seal, other)), seal) == ("PASSED", "")


def test_what_xml_cannot_hold_does_not_break_the_report(proof: bytes, service: Service) -> None:
    genuine = judged(proof, service.anchor)
    odd = replace(genuine.signatures[0], field="a\0b\ud800</c>&")
    root = etree.fromstring(etsi_report.write(replace(genuine, signatures=(odd,))))
    assert root.xpath("//vr:DAIdentifier", namespaces=etsi_report.NAMESPACES)[0].text == "a\ufffdb\ufffd</c>&"


def test_a_file_that_was_not_judged_has_no_validation_report() -> None:
    report = sandbox.unreadable(b"", now=NOW, name="x", code="not-a-pdf", detail="")
    with pytest.raises(etsi_report.NotWritten, match="got a file that was not judged"):
        etsi_report.write(report)


def test_without_what_writes_it_the_report_names_what_is_needed(
    proof: bytes, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xsdata.formats.dataclass.serializers", None)
    with pytest.raises(etsi_report.NotWritten, match="xsdata is not installed"):
        etsi_report.write(judged(proof, service.anchor))


def test_a_child_gives_the_same_identities(proof: bytes, service: Service) -> None:
    cold = sandbox.judge(proof, anchors=[service.anchor], now=NOW, name="preuve.pdf", identify=True)
    assert cold == judged(proof, service.anchor)
    assert Report.from_dict(cold.to_dict()) == cold


def test_each_signature_names_its_own_chain_down_to_its_own_anchor(
    schema: etree.XMLSchema, proof: bytes, service: Service
) -> None:
    genuine = judged(proof, service.anchor)
    seal = genuine.signatures[0]
    assert seal.signer is not None
    middle, root, authority = (replace(seal.signer, sha256=digit * 64) for digit in "abc")
    chained = replace(seal, chain=(seal.signer, middle, root), stamped_by=authority)
    document = etree.fromstring(etsi_report.write(replace(genuine, signatures=(chained,))))
    assert schema.validate(document), schema.error_log
    spaces = etsi_report.NAMESPACES
    for element, sha256 in (("IntermediateCertificate", "a" * 64), ("TrustAnchor", "b" * 64)):
        [found] = document.xpath(f"//vr:{element}/@VOReference", namespaces=spaces)
        assert found == f"certificate-{sha256}"
    assert {f"certificate-{digit * 64}" for digit in "abc"} < set(document.xpath("//@id"))
