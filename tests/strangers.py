"""Signed PDFs that are no proofs of ours, made by another writer (pyHanko) with the keys of a made-up authority.

`Stranger` signs at any level and of any age; `resigned` takes a signature apart, changes it and signs it again, to break one
rule of a container at a time.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from asn1crypto import cms, keys, tsp, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign import fields, signers, timestamps
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from portal.adapters.authority import Holder, Role, certify, name, revocation_list
from tests.pki import NOW, Authority, authority, drawn

_RANGE = re.compile(rb"/ByteRange \[ ?(\d+) (\d+) (\d+) (\d+) ?\]")
NAME = generic.pdf_name


def asn1(holder: Holder) -> x509.Certificate:
    return x509.Certificate.load(holder.certificate.public_bytes(Encoding.DER))


def key_of(holder: Holder) -> keys.PrivateKeyInfo:
    raw = holder.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return keys.PrivateKeyInfo.load(raw)


class Stamper(timestamps.TimeStamper):
    """The authority's own time stamps, as pyHanko asks for them."""

    def __init__(self, post: Authority) -> None:
        super().__init__(include_nonce=False)
        self._post = post

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        token = self._post.time_stamper.stamp(req["message_imprint"]["hashed_message"].native)
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)})


@dataclass
class Stranger:
    """Somebody else who signs PDFs, with an authority and a clock."""

    post: Authority = field(default_factory=lambda: authority(at=NOW))

    authorities: tuple[Holder, ...] = ()
    """Those between the root and the signer."""

    @property
    def anchor(self) -> bytes:
        return self.post.root_pem

    def sign(
        self,
        pdf: bytes,
        name: str = "Signature1",
        *,
        level: str = "B",
        box: tuple[int, int, int, int] | None = None,
        certify: fields.MDPPerm | None = None,
        digest: str = "sha256",
        subfilter: fields.SigSeedSubFilter = fields.SigSeedSubFilter.PADES,
        password: str | None = None,
    ) -> bytes:
        """Sign at B, T, LT or LTA; time stamps say what the authority's clock says."""
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
        if password is not None:
            writer.encrypt(password)
        if box is not None:
            fields.append_signature_field(writer, fields.SigFieldSpec(name, box=box))
        asked: dict[str, Any] = {}
        if level in ("LT", "LTA"):
            asked = {
                "embed_validation_info": True,
                "use_pades_lta": level == "LTA",
                "validation_context": ValidationContext(
                    trust_roots=[asn1(self.post.root)],
                    other_certs=[asn1(one) for one in self.authorities],
                    crls=self.lists(),
                    ocsps=[],
                    moment=self.post.clock(),
                    allow_fetching=False,
                ),
            }
        meta = signers.PdfSignatureMetadata(
            field_name=name,
            md_algorithm=digest,
            subfilter=subfilter,
            certify=certify is not None,
            docmdp_permissions=certify or fields.MDPPerm.FILL_FORMS,
            **asked,
        )
        registry = SimpleCertificateStore()
        for one in (self.post.root, *self.authorities):
            registry.register(asn1(one))
        signer = signers.SimpleSigner(
            signing_cert=asn1(self.post.seal), signing_key=key_of(self.post.seal), cert_registry=registry
        )
        stamper = None
        if level != "B":
            stamper = Stamper(self.post)
        out: BytesIO = signers.PdfSigner(meta, signer=signer, timestamper=stamper).sign_pdf(writer)
        return out.getvalue()

    def lists(self) -> list[bytes]:
        """The revocation lists of the root and of the authorities below it, as of the clock."""
        return [*self.post.revocation(), *(revocation_list(one, now=self.post.clock()) for one in self.authorities)]

    def after(self, span: timedelta) -> datetime:
        return self.post.clock() + span


def below(until: datetime) -> Stranger:
    """Return somebody whose certificate comes from an authority below the root, which lasts until then."""
    post = authority(at=NOW)
    since = NOW - timedelta(days=1)
    middle = certify(Role.ROOT, name("Autorité intermédiaire", "Essai"), issuer=post.root, since=since, until=until)
    post.seal = certify(Role.SEAL, name("Sceau", "Essai"), issuer=middle, since=since, until=until)
    return Stranger(post, (middle,))


def form(*names: str) -> bytes:
    """Return a page with text fields."""
    writer = IncrementalPdfFileWriter(BytesIO(drawn()))
    page = writer.root["/Pages"]["/Kids"][0]
    held = []
    for at, called in enumerate(names):
        box = generic.ArrayObject(map(generic.NumberObject, (20, 20 + 30 * at, 200, 40 + 30 * at)))
        text = generic.DictionaryObject(
            {
                NAME("/Type"): NAME("/Annot"),
                NAME("/Subtype"): NAME("/Widget"),
                NAME("/FT"): NAME("/Tx"),
                NAME("/T"): generic.pdf_string(called),
                NAME("/Rect"): box,
                NAME("/P"): generic.IndirectObject(*_numbers(page), writer),
            }
        )
        held.append(writer.add_object(text))
    page[NAME("/Annots")] = generic.ArrayObject(held)
    writer.update_container(page)
    writer.root[NAME("/AcroForm")] = generic.DictionaryObject({NAME("/Fields"): generic.ArrayObject(held)})
    writer.update_root()
    return written(writer)


def _numbers(page: Any) -> tuple[int, int]:
    reference = page.container_ref
    return reference.idnum, reference.generation


def changed(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """Return the file with one more revision."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf), strict=False)
    change(writer)
    return written(writer)


def written(writer: IncrementalPdfFileWriter) -> bytes:
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def filled(pdf: bytes, name: str, text: str) -> bytes:
    """Fill in a text field."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        for one in writer.root["/AcroForm"]["/Fields"]:
            held = one.get_object()
            if held["/T"] == name:
                held[NAME("/V")] = generic.pdf_string(text)
                writer.update_container(held)

    return changed(pdf, change)


def encrypted(*, user: str) -> bytes:
    """Return a page that opens with a password."""
    writer = copy_into_new_writer(PdfFileReader(BytesIO(drawn())))
    writer.encrypt(owner_pass="owner", user_pass=user)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def resigned(
    pdf: bytes,
    signer: Holder,
    *,
    attributes: Callable[[list[cms.CMSAttribute]], list[cms.CMSAttribute]] = lambda held: held,
    data: Callable[[cms.SignedData], None] = lambda _: None,
    ordered: bool = True,
) -> bytes:
    """Return the file with its last signature changed and signed again.

    `attributes` gives other signed attributes, `data` changes the signed data beside them; unless `ordered`, the attributes
    stand as given and not as DER demands.
    """
    start, length, resume, rest = (int(one) for one in list(_RANGE.finditer(pdf))[-1].groups())
    gap = bytes.fromhex(pdf[length + 1 : resume - 1].decode())
    info = cms.ContentInfo.load(gap, strict=False)
    held = info["content"]
    one = held["signer_infos"][0]
    signed = attributes(list(one["signed_attrs"]))
    made = cms.CMSAttributes(sorted(signed, key=lambda each: each.dump()) if ordered else signed)
    if not ordered:
        made = cms.CMSAttributes.load(_set(signed))
    one["signed_attrs"] = made
    octets = made.dump() if ordered else _set(signed)
    one["signature"] = signer.private_key.sign(octets, ec.ECDSA(hashes.SHA256()))
    data(held)
    octets = cms.ContentInfo({"content_type": "signed_data", "content": held}).dump(force=True)
    assert (start, len(octets) <= len(gap), resume + rest <= len(pdf)) == (0, True, True)
    hexadecimal = octets.ljust(len(gap), b"\0").hex().encode()
    return pdf[: length + 1] + hexadecimal + pdf[resume - 1 :]


def _set(members: list[cms.CMSAttribute]) -> bytes:
    body = b"".join(one.dump() for one in members)
    return b"\x31\x82" + len(body).to_bytes(2, "big") + body


def attribute(kind: str, value: Any) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": kind, "values": [value]})


def without(*kinds: str) -> Callable[[list[cms.CMSAttribute]], list[cms.CMSAttribute]]:
    return lambda held: [one for one in held if one["type"].native not in kinds]


def digest_of(pdf: bytes) -> bytes:
    """The digest of what the last signature covers."""
    start, length, resume, rest = (int(one) for one in list(_RANGE.finditer(pdf))[-1].groups())
    return hashlib.sha256(pdf[start:length] + pdf[resume : resume + rest]).digest()
