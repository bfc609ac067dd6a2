"""Signatures of any PDF by pyHanko, which shares no code with the sealer that is under test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from asn1crypto import cms as asn1_cms
from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp, PdfSignedData, SignatureObject
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from portal.adapters.authority import Holder
from tests.attacks.steady import signed
from tests.pki import Authority

_ROOM = 8 * 1024
"""Hexadecimal digits kept for a container."""

Container = Callable[[bytes], bytes]
"""From the digest of the signed bytes to a DER container."""


@dataclass(frozen=True)
class Locks:
    """What a signature forbids to be done later."""

    certified: int | None = None
    """DocMDP level of a certifying signature."""
    fields: tuple[str, ...] | None = None
    """FieldMDP over these fields; over all of them if empty."""
    box: tuple[int, int, int, int] | None = None
    """Where the signature shows on the first page; nowhere if None."""


class _Signer(SimpleSigner):
    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return signed(self.key, data)  # type: ignore[attr-defined, no-any-return]


class _SameAuthority(TimeStamper):
    """The embedded time-stamping authority, as pyHanko asks one."""

    def __init__(self, post: Authority) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.authority = post.time_stamper

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return tsp.TimeStampResp.load(self.authority.respond(req.dump()))


def sign(
    raw: bytes,
    by: Authority,
    *,
    field: str,
    at: datetime,
    locks: Locks,
    stamped: bool,
    stamper: Authority | None = None,
) -> bytes:
    """Add a signature in a field of that name, made if it is not there; `stamper` stamps in place of the signer's own."""
    return embed(
        raw,
        SignatureObject(timestamp=at, subfilter=SigSeedSubFilter.PADES, bytes_reserved=_ROOM),
        container(by, at=at, stamper=(stamper or by) if stamped else None),
        field=field,
        locks=locks,
    )


def container(by: Authority, *, at: datetime, stamper: Authority | None) -> Container:
    """Return how the authority's seal signs a digest, and who stamps the signature."""
    signer = _Signer(
        signing_cert=certificate(by.seal),
        signing_key=key(by.seal),
        cert_registry=SimpleCertificateStore.from_certs([certificate(by.root)]),  # type: ignore[no-untyped-call]
    )
    signer.key = by.seal.private_key  # type: ignore[attr-defined]

    def made(digest: bytes) -> bytes:
        asked = None
        if stamper is not None:
            stamper.clock.time = at
            asked = _SameAuthority(stamper)
        found: asn1_cms.ContentInfo = asyncio.run(
            signer.async_sign(digest, "sha256", use_pades=True, timestamper=asked)  # type: ignore[arg-type]
        )
        # the library walks a set of them, in an order that changes with each run
        read = asn1_cms.ContentInfo.load(found.dump())
        read["content"]["certificates"] = sorted(read["content"]["certificates"], key=lambda one: bytes(one.dump()))
        return bytes(read.dump())

    return made


def time_stamp(raw: bytes, by: Authority, *, field: str, at: datetime) -> bytes:
    """Add a document time stamp."""

    def made(digest: bytes) -> bytes:
        by.clock.time = at
        return by.time_stamper.stamp(digest)

    return embed(raw, DocumentTimestamp(bytes_reserved=_ROOM), made, field=field, locks=Locks())


def embed(
    raw: bytes, value: PdfSignedData, made: Container, *, field: str, locks: Locks, digest: str = "sha256"
) -> bytes:
    """Append the revision of a signature dictionary, and put the container into its gap."""
    writer = IncrementalPdfFileWriter(BytesIO(raw), strict=False)
    spec = SigFieldSpec(field, box=locks.box)
    steps = PdfCMSEmbedder(new_field_spec=spec).write_cms(field, writer)  # type: ignore[no-untyped-call]
    next(steps)
    lock = None
    if locks.fields is not None:
        action = FieldMDPAction.INCLUDE if locks.fields else FieldMDPAction.ALL
        lock = FieldMDPSpec(action, list(locks.fields) or None)
    level = MDPPerm(locks.certified) if locks.certified else None
    setup = SigMDPSetup(digest, certify=level is not None, field_lock=lock, docmdp_perms=level)
    steps.send(SigObjSetup(value, mdp_setup=setup if level or lock else None))
    prepared, out = steps.send(SigIOSetup(digest, in_place=False))
    steps.send(asn1_cms.ContentInfo.load(made(prepared.document_digest)))
    return bytes(out.getvalue())


def certificate(holder: Holder) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(holder.certificate.public_bytes(Encoding.DER))


def key(holder: Holder) -> keys.PrivateKeyInfo:
    return keys.PrivateKeyInfo.load(holder.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
