"""What EU trusted lists say of a file's signatures (ETSI TS 119 615): qualified or not, by whom, at the time that counts.

The lists come as the lines of `verifier.eutl`. A certificate is qualified where a granted service vouches for it both when it
was issued and at the best signature time; without a proven time that is now. The path from the certificate to the service is
built here, from signatures, and pyHanko reads the service's qualifiers.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from pyhanko.sign.validation.qualified.assess import QualificationAssessor
from pyhanko.sign.validation.qualified.eutl_parse import trust_list_to_registry_unsafe
from pyhanko.sign.validation.qualified.q_status import QualifiedStatus
from pyhanko.sign.validation.qualified.tsp import QcCertType, QTSTServiceInformation
from pyhanko_certvalidator.authority import AuthorityWithCert, CertTrustAnchor
from pyhanko_certvalidator.path import ValidationPath

from verifier import revocation
from verifier.carried import certificates, containers, is_authority, issued
from verifier.eutl import TSL, subject_key
from verifier.report import Report, SignatureReport
from verifier.trust import Anchor, fingerprint

_DEEPEST = 6
_WHAT = {QcCertType.QC_ESIGN: "signatures", QcCertType.QC_ESEAL: "seals", QcCertType.QC_WEB: "web sites"}
_PASSED = ("PASSED", "TOTAL_PASSED", "TOTAL-PASSED")


@dataclass(frozen=True)
class Service:
    """One certificate of a service in a trusted list."""

    certificate: x509.Certificate
    about: dict[str, Any]

    @property
    def name(self) -> str:
        """Its provider and territory, and what is to be held against the list."""
        doubts = [] if self.about["signed"] else ["list signature not checked"]
        doubts += ["list out of date"] if self.about["expired"] else []
        return " · ".join([f"{self.about['tsp']} ({self.about['territory']})", *doubts])


class Lists:
    """The services that may vouch for the certificates of one file."""

    def __init__(self, lines: bytes, raw: bytes) -> None:
        """Read the lines that the certificates of the file `raw` ask for, and no other."""
        self.containers = containers(raw)
        self.known = certificates(raw, self.containers.values())
        wanted = {subject_key(name) for one in self.known for name in (one.issuer, one.subject)}
        about = [json.loads(rest) for key, _, rest in _lines(lines) if key in wanted]
        self.services = [
            Service(one, each) for each in about for one in _service_certificates(each["xml"]) if _key(one) in wanted
        ]
        self.registry, _ = trust_list_to_registry_unsafe(_document(dict.fromkeys(one["xml"] for one in about)))

    def anchors(self) -> list[Anchor]:
        """Return the services as anchors, but for those whose list's signature was not checked."""
        return [Anchor(one.certificate, f"EU {one.name}", listed=True) for one in self.services if one.about["signed"]]

    def refused(self, report: Report) -> set[str]:
        """Return the anchors (SHA-256) that a chain of the report ends at, and that no list granted at the proved time."""
        found = set()
        for one in report.signatures:
            moment = one.best_time or report.checked_at
            reached = {report.anchor_sha256} | {each.sha256 for each in one.chain[-1:]}
            for service in self.services:
                if fingerprint(service.certificate) in reached and not self._granted(service.certificate, moment):
                    found.add(fingerprint(service.certificate))
        return found

    def _granted(self, certificate: x509.Certificate, moment: datetime) -> bool:
        return any(True for _ in self.registry.applicable_service_definitions(_authority(certificate), moment))

    def assessed(self, report: Report) -> Report:
        """Return the report with the lists' word on each signature."""
        told = (replace(one, qualified=self._word(one, report.checked_at)) for one in report.signatures)
        return replace(report, signatures=tuple(told))

    def _word(self, one: SignatureReport, now: datetime) -> str:
        container = self.containers.get(one.field)
        signer = revocation.signer(container) if container is not None else None
        if signer is None:
            return ""
        passed = one.intact is True and one.indication in _PASSED
        moment = one.best_time if passed and one.best_time is not None else now
        found = self._path(signer)
        if found is None:
            return "not qualified: no service in the lists has issued the certificate"
        service, between = found
        try:
            if one.kind == "timestamp":
                return self._time_stamp(service, moment, passed)
            return self._signature(service, between, signer, moment, passed)
        except MemoryError:
            raise
        except Exception as fault:  # statements that the library does not read
            return f"not determined: {type(fault).__name__} · {service.name}"

    def _time_stamp(self, service: Service, moment: datetime, passed: bool) -> str:
        at = self.registry.applicable_service_definitions(_authority(service.certificate), moment)
        if not any(isinstance(one, QTSTServiceInformation) for one in at):
            return f"not qualified: no granted time-stamping service at {_time(moment)} · {service.name}"
        return f"{'QTST' if passed else 'qualified time-stamping service, time stamp not established'} · {service.name}"

    def _signature(
        self,
        service: Service,
        between: Sequence[x509.Certificate],
        signer: x509.Certificate,
        moment: datetime,
        passed: bool,
    ) -> str:
        path = ValidationPath(
            CertTrustAnchor(_asn1(service.certificate)), [_asn1(one) for one in between], _asn1(signer)
        )
        assessor = QualificationAssessor(self.registry)
        then = assessor.check_entity_cert_qualified(path, signer.not_valid_before_utc).status
        at = assessor.check_entity_cert_qualified(path, moment).status
        if not at.qualified:
            return f"not qualified: no granted service at {_time(moment)} · {service.name}"
        if not then.qualified:
            issued = _time(signer.not_valid_before_utc)
            return f"not qualified: no granted service when the certificate was issued, {issued} · {service.name}"
        return f"{_level(at, passed)} · {service.name}"

    def _path(self, signer: x509.Certificate) -> tuple[Service, list[x509.Certificate]] | None:
        """Return the service that a certificate leads to, and the certificates between, the service's side first."""
        own = next((one for one in self.services if one.certificate == signer), None)
        if own is not None:
            return own, []
        between: list[x509.Certificate] = []
        current = signer
        for _ in range(_DEEPEST):
            service = next((one for one in self.services if issued(current, one.certificate)), None)
            if service is not None:
                return service, between
            above = next((one for one in self.known if is_authority(one) and issued(current, one)), None)
            if above is None or above in (current, *between):
                return None
            between.insert(0, above)
            current = above
        return None


def _level(status: QualifiedStatus, passed: bool) -> str:
    what = _WHAT[status.qc_type]
    if not status.qc_key_security.is_qscd:
        return f"qualified certificate for {what}, no QSCD"
    if passed and status.qc_type in (QcCertType.QC_ESIGN, QcCertType.QC_ESEAL):
        return "QESig" if status.qc_type is QcCertType.QC_ESIGN else "QESeal"
    return f"qualified certificate for {what}, key in a QSCD, signature not established"


def _lines(lines: bytes) -> Iterator[tuple[str, str, str]]:
    for one in lines.decode().splitlines():
        yield one.partition(" ")


def _service_certificates(xml: str) -> Iterator[x509.Certificate]:
    root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    current = root.find(f"{{{TSL}}}ServiceInformation")
    for one in current.iter(f"{{{TSL}}}X509Certificate") if current is not None else ():
        try:
            yield x509.load_der_x509_certificate(base64.b64decode("".join((one.text or "").split())))
        except ValueError:
            continue


def _document(services: Iterable[str]) -> str:
    """Return a trusted list that holds some services, for the library to read."""
    held = "".join(f"<TSPService{one.partition('<TSPService')[2]}" for one in services)
    inside = f"<TrustServiceProvider><TSPServices>{held}</TSPServices></TrustServiceProvider>" if held else ""
    return (
        f'<TrustServiceStatusList xmlns="{TSL}"><TrustServiceProviderList>{inside}</TrustServiceProviderList>'
        "</TrustServiceStatusList>"
    )


def _key(certificate: x509.Certificate) -> str:
    return subject_key(certificate.subject)


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _authority(certificate: x509.Certificate) -> AuthorityWithCert:
    return AuthorityWithCert(_asn1(certificate))


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
