"""The signature containers of one file, each judged on its own bytes: coverage, digest, value, signer and stamped time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from verifier import cms, signature, stamp, structure
from verifier.case import Case
from verifier.report import Outcome, SignatureReport, Signer
from verifier.sentences import check as line
from verifier.structure import Covered, GapWrong, SignatureField


def judge(case: Case, fields: Sequence[SignatureField]) -> dict[str, Covered]:
    """Apply the gap rule and the rules of the container to every signature; return what each covers."""
    found: dict[str, Covered] = {}
    gaps, digests, values, unjudged = [], [], [], []
    same = True
    for one in fields:
        signer, intact, time = None, None, None
        try:
            if one.dictionary is None:
                raise GapWrong(one.fault)
            covered = structure.covered(case.raw, one.dictionary)
            same = structure.same_in_its_revision(case.raw, one, covered.end) and same
            judged = signature.integrity(covered.container, covered.octets(case.raw))
            found[one.name] = covered
            signer, intact = judged.signer, judged.digest and judged.value
            digests += [] if judged.digest else [one.name]
            values += [] if judged.value else [one.name]
            time = _stamped_at(covered, one) if intact else None
        except GapWrong as fault:
            intact = False
            gaps.append(f"{one.name}: {fault}")
        except signature.Unsupported as fault:
            unjudged.append(f"{one.name}: {fault}")
        case.signatures.append(_signature_report(one, signer, intact, time))
    case.note("byte-range", not gaps, "; ".join(gaps))
    case.note("dictionary", same)
    case.note("digest", not digests, ", ".join(digests))
    case.note("signature-value", not values, ", ".join(values))
    if unjudged:
        case.checks.append(line("unsupported", Outcome.UNKNOWN, "; ".join(unjudged)))
    return found


def _signature_report(
    one: SignatureField, signer: Signer | None, intact: bool | None, time: datetime | None
) -> SignatureReport:
    return SignatureReport(
        field=one.name,
        kind="timestamp" if one.is_time_stamp else "signature",
        intact=intact,
        level="unknown",
        changes="unknown",
        indication="" if intact is None else "PASSED" if intact else "FAILED",
        sub_indication="",
        signer=signer,
        best_time=time,
        trusted=None,
    )


def _stamped_at(covered: Covered, one: SignatureField) -> datetime | None:
    """Return the time that a signature's own time stamp, or a document time stamp, says, once it fits what it stamps."""
    try:
        if one.is_time_stamp:
            return stamp.read(covered.container).time
        token = signature.stamp_of(covered.container)
        if token is None:
            return None
        value = cms.unwrap(covered.container)[1].signature
        judged = signature.integrity(token, value)
        return stamp.read(token).time if judged.digest and judged.value else None
    except (stamp.StampRefused, cms.ContainerMalformed, signature.Unsupported):
        return None


def of_seal(covered: Covered | None, seal: SignatureField) -> tuple[bool, str]:
    """Demand one signer, named by signing-certificate-v2, over content that lies outside (EN 319 142-1, 5.2, 6.3)."""
    if covered is None or seal.subfilter != "/ETSI.CAdES.detached":
        return False, f"got {seal.subfilter or 'no SubFilter'}, expected /ETSI.CAdES.detached"
    try:
        data, signer = cms.unwrap(covered.container)
        cms.signer_certificate(data, signer)
    except ValueError as fault:
        return False, str(fault)
    detached = data.content.content is None and data.content.type == cms.DATA
    return detached, "" if detached else "got a container that holds content, expected a detached one"
