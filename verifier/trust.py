"""Trust anchors: the certificates that a chain may end at, read from PEM or DER, and named by their SHA-256.

Nothing is trusted because it came inside a file that is judged. An anchor is given by whoever verifies, or lies in the
folder ``anchors`` of this package, which ships empty: see its README.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

SHIPPED = Path(__file__).with_name("anchors")
SUFFIXES = (".pem", ".crt", ".cer", ".der")
MAX_FILE = 1024 * 1024


class AnchorUnreadable(ValueError):
    """The bytes hold no X.509 certificate, in PEM or in DER."""


def parse(raw: bytes, *, source: str = "anchor") -> list[x509.Certificate]:
    """Return the certificates of a PEM file (one or more) or a DER file (one); raise `AnchorUnreadable`."""
    try:
        if b"-----BEGIN" in raw:
            return x509.load_pem_x509_certificates(raw)
        return [x509.load_der_x509_certificate(raw)]
    except ValueError as fault:
        raise AnchorUnreadable(f"{source}: expected a certificate in PEM or DER: {fault}") from fault


def anchors(raws: Iterable[bytes]) -> tuple[x509.Certificate, ...]:
    """Return the certificates of several files, each once, in the order given."""
    return tuple(dict.fromkeys(one for raw in raws for one in parse(raw)))


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the DER certificate, 64 hexadecimal digits: what a proof prints of its anchor."""
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def load(paths: Sequence[Path]) -> list[bytes]:
    """Read anchor files, and the certificate files of folders; raise `AnchorUnreadable` or `OSError`.

    A folder without any certificate is an error, because whoever named it meant to trust something.
    """
    found = []
    for path in paths:
        files = certificate_files(path) if path.is_dir() else [path]
        if not files:
            raise AnchorUnreadable(f"{path}: got no certificate, expected files ending in {', '.join(SUFFIXES)}")
        for file in files:
            if file.stat().st_size > MAX_FILE:
                raise AnchorUnreadable(f"{file}: got {file.stat().st_size} bytes, expected at most {MAX_FILE}")
            raw = file.read_bytes()
            parse(raw, source=str(file))
            found.append(raw)
    return found


def shipped() -> list[bytes]:
    """Return the anchors that travel with this package, none by default."""
    return [file.read_bytes() for file in certificate_files(SHIPPED)]


def certificate_files(folder: Path) -> list[Path]:
    """Return the certificate files of a folder, by name."""
    return sorted(one for one in folder.iterdir() if one.suffix.lower() in SUFFIXES and one.is_file())
