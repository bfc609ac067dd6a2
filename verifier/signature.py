"""The cryptographic judgement of one signature: are its bytes intact, and does its chain reach a trusted anchor?

The first answer is made on the container alone (`verifier.envelope`). The second is the AdES process for signatures with
long-term data (ETSI EN 319 102-1, 5.6), run by pyHanko on pinned anchors and on the revocation data that the file carries:
nothing is ever fetched.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from asn1crypto import cms as asn1_cms
from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed, AdESStatus
from pyhanko.sign.fields import MDPPerm, enumerate_sig_fields
from pyhanko.sign.general import extract_signer_info
from pyhanko.sign.validation.ades import AdESLTAValidationResult, ades_lta_validation
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.policy_decl import (
    CertificateFetchingRule,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy, FreshnessReqType
from pyhanko_certvalidator.registry import SimpleTrustManager

from verifier import asn1, trust
from verifier.report import Signer
from verifier.signers import signer_of
from verifier.structure import SignatureField
from verifier.value import Unsupported as Unsupported

asn1.install()
# What the library has to say of a hostile file is not for the operator's log.
logging.getLogger("pyhanko").addHandler(logging.NullHandler())
logging.getLogger("pyhanko").propagate = False
logging.getLogger("pyhanko_certvalidator").addHandler(logging.NullHandler())
logging.getLogger("pyhanko_certvalidator").propagate = False

SEAL_USAGE = frozenset({"digital_signature", "non_repudiation"})
"""Either key usage fits a seal (ETSI EN 319 412-2, 4.3.2)."""

_ARCHIVED = CertRevTrustPolicy(
    REQUIRE_REVINFO,
    freshness=timedelta(days=36525),
    freshness_req_type=FreshnessReqType.MAX_DIFF_REVOCATION_VALIDATION,
)
"""Revocation data inside the file count whatever their age, for nothing newer is ever fetched; that they were in force when
the seal was made is a rule of its own (`verifier.revocation`), and certificates still expire."""

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Trust:
    """What the AdES process says."""

    status: AdESStatus
    sub_indication: str
    """Empty when passed."""
    detail: str
    anchor: str | None
    """SHA-256 of the anchor that the chain reached."""
    best_time: datetime | None
    """Earliest proven time of the signature; None where no trusted time stamp proves one."""
    archived: bool
    """A document time stamp after the signature was validated."""
    chain: tuple[Signer, ...] = ()
    """From the signer's certificate to the anchor, where one was reached."""


def stamp_of(container: bytes) -> bytes | None:
    """Return the DER signature time stamp of a container, if it has exactly one; raise `Unsupported`."""
    try:
        signer_info = extract_signer_info(asn1_cms.ContentInfo.load(container, strict=True)["content"])
        tokens = [
            attribute_value.dump()
            for attribute in signer_info["unsigned_attrs"] or ()
            if attribute["type"].native == "signature_time_stamp_token"
            for attribute_value in attribute["values"]
        ]
        count = sum(1 for _ in extract_tst_data_iter(signer_info, signed=False))
    except MemoryError:
        raise
    except Exception as fault:
        raise Unsupported(f"{type(fault).__name__}: {fault}") from fault
    return tokens[0] if len(tokens) == 1 == count else None


def docmdp(reader: PdfFileReader, field: SignatureField) -> int | None:
    """Return the DocMDP level of a certifying signature: 1 means no change but archive time stamps."""
    try:
        level = _embedded(reader, field).docmdp_level
    except MemoryError:
        raise
    except Exception:  # unreadable permissions grant nothing
        return None
    return level.value if isinstance(level, MDPPerm) else None


def judge(reader: PdfFileReader, field: SignatureField, anchors: Sequence[x509.Certificate], now: datetime) -> Trust:
    """Run the AdES process on a signature of the file at `now` (aware UTC); raise `Unsupported`."""
    try:
        embedded = _embedded(reader, field)
        embedded.compute_integrity_info(skip_diff=True)  # type: ignore[no-untyped-call]
        timing = ValidationTimingInfo(now, now, point_in_time_validation=False)
        result: AdESLTAValidationResult = _run(ades_lta_validation(embedded, specification(anchors), timing))
        return _trust(result)
    except (MemoryError, Unsupported):
        raise
    except Exception as fault:
        raise Unsupported(f"{type(fault).__name__}: {fault}") from fault


def specification(anchors: Sequence[x509.Certificate]) -> PdfSignatureValidationSpec:
    """Pinned anchors, revocation data required, nothing fetched."""
    return PdfSignatureValidationSpec(
        SignatureValidationSpec(
            cert_validation_policy=CertValidationPolicySpec(
                trust_manager=SimpleTrustManager.build(trust_roots=trust.roots(anchors)),
                revinfo_policy=_ARCHIVED,
            ),
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY,
                certificate_fetching_rule=CertificateFetchingRule.NEVER_FETCH,
            ),
            key_usage_settings=KeyUsageConstraints(key_usage=SEAL_USAGE),
        )
    )


def _trust(result: AdESLTAValidationResult) -> Trust:
    indication = result.ades_subindic
    passed = indication is AdESPassed.OK
    path = result.api_status.validation_path if result.api_status else None
    stamped = result.signature_timestamp_status
    proven = passed and stamped is not None and stamped.ades_subindic is AdESPassed.OK
    anchor = path.trust_anchor.certificate if passed and path else None
    return Trust(
        status=indication.status,
        sub_indication="" if passed else indication.standard_name,
        detail="" if passed else result.failure_msg or "",
        anchor=hashlib.sha256(anchor.dump()).hexdigest() if anchor is not None else None,
        best_time=result.best_signature_time if proven else None,
        chain=tuple(filter(None, map(signer_of, reversed(list(path.iter_certs(include_root=True))))))
        if passed and path
        else (),
        archived=passed and result.oldest_evidence_record_timestamp is not None,
    )


def _embedded(reader: PdfFileReader, field: SignatureField) -> EmbeddedPdfSignature:
    for _, _, reference in enumerate_sig_fields(reader, filled_status=True, with_name=field.name):
        return EmbeddedPdfSignature(reader, reference.get_object(), field.name)
    raise Unsupported(f"field {field.name}: unreachable")


def _run(coroutine: Coroutine[Any, Any, _Answer]) -> _Answer:
    return asyncio.run(coroutine)
