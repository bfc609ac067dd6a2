"""Signatures with algorithms that the verifier must not trust, and containers put together from the parts of two."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta

from asn1crypto import algos, tsp
from asn1crypto import cms as asn1_cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from portal.adapters.authority import Holder
from tests.attacks import contract, layout, signing
from tests.attacks.signing import Locks
from tests.attacks.wrapping import RANGE
from tests.pki import NOW

_PRIMES = {
    1024: (
        "FE77E257D7479A4210964623A417E0B1EE05C35278FA8214567CE063558CEEBF8B49925E5408E10F54301CC3245DAD2C"
        "CF9B5F0551A83A3C4C1341F602D69CB1",
        "E05C574874498B9410A99251948E77AA2712D74F8A6E0E29E1DA39455153A96A0FB8C4582656AB54C81BDF93D4D384F1"
        "8B22A38521DEE13C539A1F9E1551E9E9",
    ),
    2048: (
        "F9B551664E8BEE085D55E7F4F591C3E5A28D84D790C49214FDBDDB45EA939BC24DC200FABFE0BEDA11D465F066F5D5F5"
        "80BAD723B73FA10BC89CB93D10683C6CE232652FC797497DC93008B2ADDEF604434EA09AB13D504F688E98E5CEFF2684"
        "60B1EC8676AF84B4F8D01DEAAF634D1726ECA517FF12D5C269E378B823033B3D",
        "E9A1D31A2CFF5B4BC79F6C27FD1E7DCEFD8AA253F2EBF6284696FE50B0CA6C952B7407B0E6C559D8137EEB82518568C5"
        "BC8B560E48352AB7D15F05C2375A711A420ECB9CFF45C145CDC518FCDCB643A79FB822B0235378B4724D9EEF8C8C4DC0"
        "D3F31FE9F54CEF19030D5F1B09C700CB9CA2688E76A069CDDEB3E9A787F4BE3D",
    ),
}
"""Hexadecimal primes of two RSA keys, by their size in bits."""


def signed() -> Iterator[tuple[str, bytes, bytes]]:
    """Yield a name, a file and the root to trust for it."""
    root = contract.parties().signer.root
    for bits, digest in ((1024, "sha256"), (2048, "sha1"), (2048, "md5"), (1024, "md5")):
        key = _key(bits)
        leaf = _certified(root, key)

        def made(
            octets: bytes, key: rsa.RSAPrivateKey = key, leaf: x509.Certificate = leaf, name: str = digest
        ) -> bytes:
            return _container(key, leaf, name, octets)

        value = SignatureObject(timestamp=contract.SIGNED_AT, subfilter=SigSeedSubFilter.PADES, bytes_reserved=8192)
        raw = layout.classic(contract.objects())
        file = signing.embed(raw, value, made, field="signature", locks=Locks(), digest=digest)
        yield f"RSA of {bits} bits, {digest}", contract.kept(file), contract.parties().signer.root_pem


def with_certificate(raw: bytes, put: Holder, replaced: Holder) -> bytes:
    """Exchange the signer's certificate in the container of the first signature, and his name beside it."""
    found = RANGE.search(raw)
    assert found is not None
    first, second = int(found[2]), int(found[3])
    octets = bytes.fromhex(raw[first + 1 : second - 1].decode())
    info = asn1_cms.ContentInfo.load(octets)
    mine = signing.certificate(put)
    theirs = signing.certificate(replaced).dump()
    kept = [one for one in info["content"]["certificates"] if one.dump() != theirs]
    info["content"]["certificates"] = [*kept, asn1_cms.CertificateChoices("certificate", mine)]
    identity = asn1_cms.IssuerAndSerialNumber({"issuer": mine.issuer, "serial_number": mine.serial_number})
    info["content"]["signer_infos"][0]["sid"] = asn1_cms.SignerIdentifier("issuer_and_serial_number", identity)
    digits = info.dump(force=False).hex().upper().encode()
    return raw[: first + 1] + digits.ljust(second - first - 2, b"0") + raw[second - 1 :]


def _key(bits: int) -> rsa.RSAPrivateKey:
    p, q = (int(one, 16) for one in _PRIMES[bits])
    exponent = pow(65537, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(65537, p * q)
    inverse = rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, exponent, exponent % (p - 1), exponent % (q - 1), inverse, public).private_key()


def _certified(root: Holder, key: rsa.RSAPrivateKey) -> x509.Certificate:
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ancien sceau")]))
        .issuer_name(root.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(root.private_key, hashes.SHA256())
    )


def _container(key: rsa.RSAPrivateKey, leaf: x509.Certificate, digest: str, imprint: bytes) -> bytes:
    """Return a container of which every digest is the one asked for."""
    held = asn1_x509.Certificate.load(leaf.public_bytes(Encoding.DER))
    named = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(held.dump()).digest()})
    attributes = asn1_cms.CMSAttributes(
        [
            asn1_cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
            asn1_cms.CMSAttribute({"type": "message_digest", "values": [imprint]}),
            asn1_cms.CMSAttribute(
                {"type": "signing_certificate_v2", "values": [tsp.SigningCertificateV2({"certs": [named]})]}
            ),
        ]
    )
    algorithm = {"md5": hashes.MD5(), "sha1": hashes.SHA1(), "sha256": hashes.SHA256()}[digest]  # noqa: S303
    signer = asn1_cms.SignerInfo(
        {
            "version": "v1",
            "sid": asn1_cms.SignerIdentifier(
                "issuer_and_serial_number", {"issuer": held.issuer, "serial_number": held.serial_number}
            ),
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": digest}),
            "signed_attrs": attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": f"{digest}_rsa"}),
            "signature": key.sign(attributes.dump(), padding.PKCS1v15(), algorithm),
        }
    )
    data = asn1_cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [algos.DigestAlgorithm({"algorithm": digest})],
            "encap_content_info": {"content_type": "data"},
            "certificates": [held],
            "signer_infos": [signer],
        }
    )
    return bytes(asn1_cms.ContentInfo({"content_type": "signed_data", "content": data}).dump())
