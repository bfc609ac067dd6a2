"""Where the certificates of a file say that their revocation can be asked: addresses, and what to send there.

This runs in the confined child, which fetches nothing; the addresses are a stranger's and are judged by `verifier.online`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from verifier.carried import certificates, containers, issued

MAX_POINTERS = 16
MAX_URL = 2048


def pointers(raw: bytes) -> list[list[str]]:
    """Return pairs of an address and an OCSP request in base64 (empty for a list), each once, `MAX_POINTERS` at most."""
    known = certificates(raw, containers(raw).values())
    found = dict.fromkeys(pair for one in known for pair in _of(one, known))
    return [list(pair) for pair in list(found)[:MAX_POINTERS]]


def _of(certificate: x509.Certificate, known: Sequence[x509.Certificate]) -> Iterator[tuple[str, str]]:
    if certificate.issuer == certificate.subject:
        return
    issuer = next((one for one in known if one.subject == certificate.issuer and issued(certificate, one)), None)
    if issuer is not None:
        # responders look a certificate up by these digests; nothing rests on their strength
        builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303
        body = base64.b64encode(builder.build().public_bytes(Encoding.DER)).decode()
        yield from ((url, body) for url in _responders(certificate))
    yield from ((url, "") for url in _lists(certificate))


def _responders(certificate: x509.Certificate) -> Iterator[str]:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return
    for one in access:
        if one.access_method == AuthorityInformationAccessOID.OCSP:
            yield from _urls([one.access_location])


def _lists(certificate: x509.Certificate) -> Iterator[str]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, ValueError):
        return
    for one in points:
        yield from _urls(one.full_name or ())


def _urls(names: Sequence[x509.GeneralName]) -> Iterator[str]:
    for one in names:
        if isinstance(one, x509.UniformResourceIdentifier) and len(one.value) <= MAX_URL:
            yield one.value
