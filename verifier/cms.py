"""The signed-data container of CMS (RFC 5652) in DER, with the attributes of a CAdES baseline signature (EN 319 122-1).

The structures are declared once and written and read by ``cryptography``'s DER code, which is strict: what is not DER is
refused. Only what a seal and a time-stamp token need is here: one signer, SHA-256, ECDSA or RSA.
"""

from __future__ import annotations

import hashlib
from typing import Annotated

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from verifier.credential import Credential, SignatureWrong, verify

Oid = x509.ObjectIdentifier

DATA = Oid("1.2.840.113549.1.7.1")
SIGNED_DATA = Oid("1.2.840.113549.1.7.2")
CONTENT_TYPE = Oid("1.2.840.113549.1.9.3")
MESSAGE_DIGEST = Oid("1.2.840.113549.1.9.4")
TIME_STAMP_TOKEN = Oid("1.2.840.113549.1.9.16.2.14")
SIGNING_CERTIFICATE_V2 = Oid("1.2.840.113549.1.9.16.2.47")
SHA256 = Oid("2.16.840.1.101.3.4.2.1")
ECDSA_SHA256 = Oid("1.2.840.10045.4.3.2")
RSA_ENCRYPTION = Oid("1.2.840.113549.1.1.1")
RSA_SHA256 = Oid("1.2.840.113549.1.1.11")


class ContainerMalformed(ValueError):
    """The bytes are not a signed-data container of the shape expected."""


@asn1.sequence
class AlgorithmIdentifier:
    algorithm: Oid
    parameters: asn1.Null | None


@asn1.sequence
class Attribute:
    type: Oid
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class EncapsulatedContent:
    type: Oid
    content: Annotated[bytes | None, asn1.Explicit(0)]


@asn1.sequence
class IssuerAndSerial:
    issuer: asn1.TLV
    serial: int


@asn1.sequence
class SignerInfo:
    version: int
    signer: IssuerAndSerial
    digest_algorithm: AlgorithmIdentifier
    signed: Annotated[asn1.SetOf[Attribute], asn1.Implicit(0)]
    signature_algorithm: AlgorithmIdentifier
    signature: bytes
    unsigned: Annotated[list[Attribute] | None, asn1.Implicit(1)]


@asn1.sequence
class SignedData:
    version: int
    digest_algorithms: asn1.SetOf[AlgorithmIdentifier]
    content: EncapsulatedContent
    # SET OF, declared as a list: authorities that write this set unsorted are common, and the bytes are the same
    certificates: Annotated[list[asn1.TLV] | None, asn1.Implicit(0)]
    crls: Annotated[list[asn1.TLV] | None, asn1.Implicit(1)]
    signers: asn1.SetOf[SignerInfo]


@asn1.sequence
class ContentInfo:
    type: Oid
    content: Annotated[SignedData, asn1.Explicit(0)]


@asn1.sequence
class NamesAndSerial:
    issuer: list[asn1.TLV]
    serial: int


@asn1.sequence
class EssCertificate:
    """ESSCertIDv2 (RFC 5035, 4): an absent algorithm means SHA-256, as DER demands of a default."""

    algorithm: AlgorithmIdentifier | None
    digest: bytes
    issuer_serial: NamesAndSerial | None


@asn1.sequence
class SigningCertificate:
    certificates: list[EssCertificate]
    policies: list[asn1.TLV] | None


def sign(credential: Credential, content_type: Oid, digest: bytes) -> SignerInfo:
    """Sign the SHA-256 `digest` of a content, with the attributes of CAdES-B and no signing time (EN 319 142-1, 6.3).

    The signature is verified before it leaves, so that a faulty key or token never yields a seal.
    """
    signed = asn1.SetOf(
        [
            _attribute(CONTENT_TYPE, asn1.encode_der(content_type)),
            _attribute(MESSAGE_DIGEST, asn1.encode_der(digest)),
            _attribute(SIGNING_CERTIFICATE_V2, _named(credential.certificate)),
        ]
    )
    octets = asn1.encode_der(signed)
    signature = credential.sign(octets)
    verify(credential.public_key, signature, octets, hashes.SHA256())
    issuer = _tlv(credential.certificate.issuer.public_bytes())
    return SignerInfo(
        version=1,
        signer=IssuerAndSerial(issuer=issuer, serial=credential.certificate.serial_number),
        digest_algorithm=_SHA256,
        signed=signed,
        signature_algorithm=_RSA_SHA256 if isinstance(credential.public_key, rsa.RSAPublicKey) else _ECDSA_SHA256,
        signature=signature,
        unsigned=None,
    )


def add_time_stamp(signer: SignerInfo, token: bytes) -> None:
    """Put a time-stamp token over the signature value among the unsigned attributes (EN 319 122-1, 5.3)."""
    signer.unsigned = [_attribute(TIME_STAMP_TOKEN, token)]


def wrap(credential: Credential, signer: SignerInfo, content_type: Oid, content: bytes | None) -> bytes:
    """Return the DER ContentInfo; `content` is None for a detached signature."""
    data = SignedData(
        version=1 if content_type == DATA else 3,
        digest_algorithms=asn1.SetOf([_SHA256]),
        content=EncapsulatedContent(type=content_type, content=content),
        certificates=[_tlv(der) for der in _sent(credential)],
        crls=None,
        signers=asn1.SetOf([signer]),
    )
    return asn1.encode_der(ContentInfo(type=SIGNED_DATA, content=data))


def unwrap(container: bytes) -> tuple[SignedData, SignerInfo]:
    """Read a DER ContentInfo with exactly one signer; raise `ContainerMalformed`."""
    try:
        info = asn1.decode_der(ContentInfo, container)
    except (ValueError, OverflowError) as fault:
        raise ContainerMalformed(f"signed data: {fault}") from fault
    signers = info.content.signers.as_list()
    if info.type != SIGNED_DATA or len(signers) != 1:
        raise ContainerMalformed(
            f"signed data: got {info.type.dotted_string} with {len(signers)} signers, expected one"
        )
    return info.content, signers[0]


def signer_certificate(data: SignedData, signer: SignerInfo) -> x509.Certificate:
    """Return the signer's certificate from the container, once signing-certificate-v2 names it too."""
    issuer = asn1.encode_der(signer.signer.issuer)
    for raw in data.certificates or []:
        der = asn1.encode_der(raw)
        try:
            certificate = x509.load_der_x509_certificate(der)
            found = certificate.serial_number == signer.signer.serial and certificate.issuer.public_bytes() == issuer
        except (ValueError, TypeError, x509.InvalidVersion) as fault:
            raise ContainerMalformed(f"certificate: {fault}") from fault
        if found:
            _demand_named(signer, der)
            return certificate
    raise ContainerMalformed("signed data: the signer's certificate is not among the certificates")


def demand_exact(data: SignedData, signer: SignerInfo, container: bytes) -> None:
    """Raise `ContainerMalformed` where a byte is free: the encoding, or what no signature covers (RFC 5652, 5.1 and 5.3).

    The container is DER throughout, its versions are those prescribed, and it names its signer's digest and no other.
    """
    if asn1.encode_der(ContentInfo(type=SIGNED_DATA, content=data)) != container:
        raise ContainerMalformed("signed data: got another encoding than DER, or something behind it")
    version = 1 if data.content.type == DATA else 3
    if (data.version, signer.version) != (version, 1):
        raise ContainerMalformed(f"versions: got {data.version} and {signer.version}, expected {version} and 1")
    named = [one.algorithm for one in data.digest_algorithms.as_list()]
    if named != [signer.digest_algorithm.algorithm]:
        raise ContainerMalformed("digests: got others than the signer's")


def verify_content(data: SignedData, signer: SignerInfo, certificate: x509.Certificate) -> bytes:
    """Return the content of an enveloping container once its one signature holds; raise `SignatureWrong`."""
    content = data.content.content
    if content is None:
        raise ContainerMalformed("signed data: got no content, expected one")
    verify_detached(data, signer, certificate, _hashed(content, hash_of(signer.digest_algorithm)))
    return content


def verify_detached(data: SignedData, signer: SignerInfo, certificate: x509.Certificate, digest: bytes) -> None:
    """Raise `SignatureWrong` unless the one signature holds over a content of this digest, in the signer's own algorithm."""
    if one_value(signer, MESSAGE_DIGEST).parse(bytes) != digest:
        raise SignatureWrong("message-digest is not the content's")
    if one_value(signer, CONTENT_TYPE).parse(Oid) != data.content.type:
        raise SignatureWrong("content-type is not the content's")
    key = certificate.public_key()
    algorithm = signer.signature_algorithm.algorithm
    if isinstance(key, ec.EllipticCurvePublicKey) and algorithm in _ECDSA:
        verify(key, signer.signature, asn1.encode_der(signer.signed), _ECDSA[algorithm])
    elif isinstance(key, rsa.RSAPublicKey) and (algorithm in _RSA or algorithm == RSA_ENCRYPTION):
        chosen = _RSA.get(algorithm, hash_of(signer.digest_algorithm))
        verify(key, signer.signature, asn1.encode_der(signer.signed), chosen)
    else:
        raise SignatureWrong(
            f"got {algorithm.dotted_string} with {type(key).__name__}, expected ECDSA or RSA PKCS#1 v1.5"
        )


def one_value(signer: SignerInfo, type_: Oid) -> asn1.TLV:
    """Return the single value of a signed attribute; raise `ContainerMalformed` if there is none, or more than one."""
    found = [value for one in signer.signed.as_list() if one.type == type_ for value in one.values.as_list()]
    if len(found) != 1:
        raise ContainerMalformed(f"signed attribute {type_.dotted_string}: got {len(found)} values, expected one")
    return found[0]


def hash_of(algorithm: AlgorithmIdentifier) -> hashes.HashAlgorithm:
    """Return the hash function named; raise `ContainerMalformed` unless it is of the SHA-2 family."""
    if algorithm.algorithm not in _HASHES:
        raise ContainerMalformed(
            f"digest: got {algorithm.algorithm.dotted_string}, expected SHA-256, SHA-384 or SHA-512"
        )
    return _HASHES[algorithm.algorithm]


def _named(certificate: x509.Certificate) -> bytes:
    digest = hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
    named = EssCertificate(algorithm=None, digest=digest, issuer_serial=None)
    return asn1.encode_der(SigningCertificate(certificates=[named], policies=None))


def _sent(credential: Credential) -> list[bytes]:
    """The certificates that travel in a container: all but the root, which only its holder can make trusted."""
    below = [one for one in credential.certificates if one.issuer != one.subject] or [credential.certificate]
    return sorted(one.public_bytes(Encoding.DER) for one in below)


def _demand_named(signer: SignerInfo, certificate: bytes) -> None:
    named = one_value(signer, SIGNING_CERTIFICATE_V2).parse(SigningCertificate).certificates[0]
    if named.digest != _hashed(certificate, hash_of(named.algorithm or _SHA256)):
        raise SignatureWrong("signing-certificate-v2 names another certificate than the signer's")


def _hashed(octets: bytes, digest: hashes.HashAlgorithm) -> bytes:
    return hashlib.new(digest.name, octets).digest()


def _attribute(type_: Oid, value: bytes) -> Attribute:
    return Attribute(type=type_, values=asn1.SetOf([_tlv(value)]))


def _tlv(der: bytes) -> asn1.TLV:
    return asn1.decode_der(asn1.TLV, der)


_ECDSA_SHA256 = AlgorithmIdentifier(algorithm=ECDSA_SHA256, parameters=None)
_RSA_SHA256 = AlgorithmIdentifier(algorithm=RSA_SHA256, parameters=asn1.Null())
_SHA256 = AlgorithmIdentifier(algorithm=SHA256, parameters=None)
_HASHES: dict[Oid, hashes.HashAlgorithm] = {
    SHA256: hashes.SHA256(),
    Oid("2.16.840.1.101.3.4.2.2"): hashes.SHA384(),
    Oid("2.16.840.1.101.3.4.2.3"): hashes.SHA512(),
}
_ECDSA: dict[Oid, hashes.HashAlgorithm] = {
    ECDSA_SHA256: hashes.SHA256(),
    Oid("1.2.840.10045.4.3.3"): hashes.SHA384(),
    Oid("1.2.840.10045.4.3.4"): hashes.SHA512(),
}
_RSA: dict[Oid, hashes.HashAlgorithm] = {
    RSA_SHA256: hashes.SHA256(),
    Oid("1.2.840.113549.1.1.12"): hashes.SHA384(),
    Oid("1.2.840.113549.1.1.13"): hashes.SHA512(),
}
