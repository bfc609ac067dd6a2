"""Take the seal of a proof apart, so that other tools can verify its pieces.

seal.p7s            the signature container (CMS, DER), without its padding
signed.bin          the bytes that it covers
seal.sig            the signature value, which its time stamp stamps
seal.tst            that time stamp (RFC 3161 token, DER)
certificates.pem    every certificate that the file carries, none of them trusted for being there
evidence.json …     the attached files of a proof
"""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from verifier import cms, revocation, signature, structure
from verifier.check import SEAL
from verifier.embedded import EmbeddedUnreadable, embedded_files
from verifier.proof import NAMES
from verifier.structure import GapWrong, PdfBroken


class NotExtracted(ValueError):
    """The file has no seal that can be taken apart."""


def extract(raw: bytes, folder: Path) -> list[str]:
    """Write the pieces of a proof into `folder`, made if missing; return their names. Raises `NotExtracted`.

    Nothing is judged. Names found in the file are never used as paths: only the four that a proof attaches are written.
    """
    try:
        pieces = _pieces(raw)
    except (PdfBroken, GapWrong, EmbeddedUnreadable, signature.Unsupported, cms.ContainerMalformed) as fault:
        raise NotExtracted(str(fault)) from fault
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in pieces.items():
        (folder / name).write_bytes(content)
    return list(pieces)


def _pieces(raw: bytes) -> dict[str, bytes]:
    reader = structure.open_pdf(raw)
    seal = next((one for one in structure.signature_fields(reader) if one.name == SEAL), None)
    if seal is None or seal.dictionary is None:
        raise NotExtracted(f"expected a signature field named {SEAL}")
    covered = structure.covered(raw, seal.dictionary)
    _, signer = cms.unwrap(covered.container)
    pieces = {"seal.p7s": covered.container, "signed.bin": covered.octets(raw), "seal.sig": signer.signature}
    token = signature.stamp_of(covered.container)
    if token is not None:
        pieces["seal.tst"] = token
    certificates = dict.fromkeys(revocation.certificates(reader))
    if certificates:
        pieces["certificates.pem"] = b"".join(one.public_bytes(Encoding.PEM) for one in certificates)
    pieces.update({one.name: one.content for one in embedded_files(reader) if one.name in NAMES})
    return pieces
