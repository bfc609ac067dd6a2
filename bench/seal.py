"""What a B-LTA seal costs, against three raw signatures and against pyHanko's own signer: `python -m bench.seal`.

All three share one process, one page and one P-256 authority, and take turns, so that the noise of the machine falls on each
alike. Medians in milliseconds; only the ratios travel to another machine.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

from asn1crypto import crl as asn1_crl
from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from portal.adapters.authority import Holder
from tests.gallery import statement
from tests.pki import Authority, authority
from verifier.page import draw
from verifier.statement import ProofKind
from verifier.typeset import Attached

TARGET = 30
"""A seal takes at most this many times its three signatures."""


def proof() -> bytes:
    """A proof of receipt as it is drawn, with its evidence attached."""
    facts = statement(ProofKind.RECEIPT)
    return draw(facts, [Attached("evidence.json", "application/json", "data", "evidence", facts.to_evidence())])


def ours(post: Authority, page: bytes) -> Callable[[], bytes]:
    sealer = post.sealer()
    return lambda: sealer.seal(page, now=post.clock())


def raw(post: Authority) -> Callable[[], None]:
    """The three signatures that a B-LTA seal cannot do without: the seal's and two time stamps'."""
    keys = (post.seal.private_key, post.tsa.private_key, post.tsa.private_key)

    def sign() -> None:
        for key in keys:
            key.sign(b"\0" * 200, ec.ECDSA(hashes.SHA256()))

    return sign


class SameAuthority(TimeStamper):
    """Our embedded time-stamping authority, as pyHanko asks one: its own stand-in has RSA only."""

    def __init__(self, post: Authority) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.authority = post.time_stamper

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return tsp.TimeStampResp.load(self.authority.respond(req.dump()))


def stock(post: Authority, page: bytes) -> Callable[[], bytes]:
    """PyHanko's documented way to the same level, with the same time stamps."""
    root, seal, tsa = (_certificate(holder) for holder in (post.root, post.seal, post.tsa))
    registry = SimpleCertificateStore.from_certs([root])  # type: ignore[no-untyped-call]
    signer = SimpleSigner(signing_cert=seal, signing_key=_key(post.seal), cert_registry=registry)
    stamper = SameAuthority(post)

    def sign() -> bytes:
        context = ValidationContext(
            trust_roots=[root],
            other_certs=[seal, tsa],
            crls=[asn1_crl.CertificateList.load(one) for one in post.revocation()],
            allow_fetching=False,
            revocation_mode="hard-fail",
        )
        metadata = PdfSignatureMetadata(
            field_name="LSE-Seal",
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
            embed_validation_info=True,
            use_pades_lta=True,
            validation_context=context,
        )
        writer = IncrementalPdfFileWriter(BytesIO(page))
        done = asyncio.run(PdfSigner(metadata, signer, timestamper=stamper).async_sign_pdf(writer))
        return bytes(done.getvalue())

    return sign


def _certificate(holder: Holder) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(holder.certificate.public_bytes(Encoding.DER))


def _key(holder: Holder) -> asn1_keys.PrivateKeyInfo:
    return asn1_keys.PrivateKeyInfo.load(
        holder.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    )


def _milliseconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def measure(rounds: int) -> dict[str, float]:
    """Return the median of each contender, in milliseconds, over rounds in which each takes its turn."""
    post = authority(at=datetime.now(UTC).replace(microsecond=0))
    page = proof()
    work: dict[str, Callable[[], object]] = {
        "three raw ECDSA P-256 signatures": raw(post),
        "B-LTA seal": ours(post, page),
        "B-LTA by pyHanko's own signer": stock(post, page),
    }
    for one in work.values():
        one()
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, one in work.items():
            taken[name].append(_milliseconds(one))
    return {name: statistics.median(times) for name, times in taken.items()}


def main() -> int:
    """Print the table; return 1 if the seal misses its target."""
    logging.getLogger("pyhanko").setLevel(logging.ERROR)  # it warns at every seal that nothing is fetched
    medians = measure(rounds=int(sys.argv[1]) if len(sys.argv) > 1 else 50)
    floor = next(iter(medians.values()))
    print(f"{'':36}{'ms':>9}{'× floor':>9}")
    for name, median in medians.items():
        print(f"{name:36}{median:9.3f}{median / floor:9.1f}")
    ratio = medians["B-LTA seal"] / floor
    print(f"target: at most {TARGET} × the floor; got {ratio:.1f}")
    return int(ratio > TARGET)


if __name__ == "__main__":
    sys.exit(main())
