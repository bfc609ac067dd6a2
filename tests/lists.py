"""Small EU trusted lists made up for tests, signed with keys of their own (ETSI TS 119 612, XAdES enveloped)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

URI = "http://uri.etsi.org/TrstSvc"
STATUS = f"{URI}/TrustedList/Svcstatus"
GRANTED, WITHDRAWN = f"{STATUS}/granted", f"{STATUS}/withdrawn"
CA_QC, QTST = f"{URI}/Svctype/CA/QC", f"{URI}/Svctype/TSA/QTST"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
QUALIFIERS = ("QCStatement", "QCForESeal", "QCWithQSCD")
_NAMESPACES = (
    'xmlns="http://uri.etsi.org/02231/v2#" '
    'xmlns:sie="http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#" '
    'xmlns:add="http://uri.etsi.org/02231/v2/additionaltypes#"'
)


@dataclass
class Operator:
    """Who signs a list."""

    name: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @cached_property
    def certificate(self) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
        builder = builder.serial_number(7).not_valid_before(LONG_AGO).not_valid_after(LONG_AGO + timedelta(days=20000))
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        return builder.sign(self.key, hashes.SHA256())

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def sign(self, xml: str) -> bytes:
        """Return the list with an enveloped XAdES signature over all of it."""
        from lxml import etree
        from signxml.xades import XAdESSigner

        signer = XAdESSigner(signature_algorithm="ecdsa-sha256")
        root = etree.fromstring(xml.encode())
        return etree.tostring(signer.sign(root, key=self.key, cert=[self.certificate]))


@dataclass(frozen=True)
class Listed:
    """One service, and what it was before: pairs of a status and its beginning, the present one first."""

    certificate: x509.Certificate
    statuses: Sequence[tuple[str, datetime]] = ((GRANTED, LONG_AGO),)
    kind: str = CA_QC
    qualifiers: Sequence[str] = QUALIFIERS

    def to_xml(self) -> str:
        now, *before = (self._instance(status, since, index) for index, (status, since) in enumerate(self.statuses))
        past = "".join(f"<ServiceHistoryInstance>{one}</ServiceHistoryInstance>" for one in before)
        history = f"<ServiceHistory>{past}</ServiceHistory>" if past else ""
        return f"<TSPService><ServiceInformation>{now}</ServiceInformation>{history}</TSPService>"

    def _instance(self, status: str, since: datetime, index: int) -> str:
        # a part of the history names the key, not the certificate, as real lists do
        identity = _digital(self.certificate) if index == 0 else "<DigitalId><X509SKI>AA==</X509SKI></DigitalId>"
        return (
            f"<ServiceTypeIdentifier>{self.kind}</ServiceTypeIdentifier>"
            f'<ServiceName><Name xml:lang="en">A service</Name></ServiceName>'
            f"<ServiceDigitalIdentity>{identity}</ServiceDigitalIdentity>"
            f"<ServiceStatus>{status}</ServiceStatus><StatusStartingTime>{_time(since)}</StatusStartingTime>"
            f"<ServiceInformationExtensions>{self._qualifications()}</ServiceInformationExtensions>"
        )

    def _qualifications(self) -> str:
        held = "".join(f'<sie:Qualifier uri="{URI}/TrustedList/SvcInfoExt/{one}"/>' for one in self.qualifiers)
        bits = '<sie:KeyUsage><sie:KeyUsageBit name="keyCertSign">false</sie:KeyUsageBit></sie:KeyUsage>'
        return (
            '<Extension Critical="true"><sie:Qualifications><sie:QualificationElement>'
            f'<sie:Qualifiers>{held}</sie:Qualifiers><sie:CriteriaList assert="all">{bits}</sie:CriteriaList>'
            "</sie:QualificationElement></sie:Qualifications></Extension>"
            if held
            else ""
        )


def national(
    services: Sequence[Listed], *, territory: str = "FR", until: datetime = LONG_AGO + timedelta(days=20000)
) -> str:
    """Return the list of one country, not signed yet."""
    held = "".join(one.to_xml() for one in services)
    provider = (
        '<TrustServiceProvider><TSPInformation><TSPName><Name xml:lang="fr">Poste d’essai</Name>'
        f'<Name xml:lang="en">Trial Post</Name></TSPName></TSPInformation><TSPServices>{held}</TSPServices>'
        "</TrustServiceProvider>"
    )
    return (
        f'<TrustServiceStatusList {_NAMESPACES} TSLTag="{URI}/TSLTag" Id="list"><SchemeInformation>'
        f"<TSLType>{URI}/TrustedList/TSLType/EUgeneric</TSLType><SchemeTerritory>{territory}</SchemeTerritory>"
        f"<ListIssueDateTime>{_time(LONG_AGO)}</ListIssueDateTime>"
        f"<NextUpdate><dateTime>{_time(until)}</dateTime></NextUpdate></SchemeInformation>"
        f"<TrustServiceProviderList>{provider}</TrustServiceProviderList></TrustServiceStatusList>"
    )


def lotl(operators: dict[str, Operator]) -> str:
    """Return a list of lists that names the operator of each country's list, not signed yet."""
    pointers = "".join(
        f"<OtherTSLPointer><ServiceDigitalIdentities><ServiceDigitalIdentity>{_digital(one.certificate)}"
        "</ServiceDigitalIdentity></ServiceDigitalIdentities><TSLLocation>https://lists.example/tl.xml</TSLLocation>"
        f"<AdditionalInformation><OtherInformation><SchemeTerritory>{territory}</SchemeTerritory></OtherInformation>"
        "<OtherInformation><add:MimeType>application/vnd.etsi.tsl+xml</add:MimeType></OtherInformation>"
        "</AdditionalInformation></OtherTSLPointer>"
        for territory, one in operators.items()
    )
    return (
        f'<TrustServiceStatusList {_NAMESPACES} TSLTag="{URI}/TSLTag" Id="lotl"><SchemeInformation>'
        f"<TSLType>{URI}/TrustedList/TSLType/EUlistofthelists</TSLType><SchemeTerritory>EU</SchemeTerritory>"
        f"<PointersToOtherTSL>{pointers}</PointersToOtherTSL><ListIssueDateTime>{_time(LONG_AGO)}</ListIssueDateTime>"
        "</SchemeInformation></TrustServiceStatusList>"
    )


def _digital(certificate: x509.Certificate) -> str:
    der = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
    return f"<DigitalId><X509Certificate>{der}</X509Certificate></DigitalId>"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
