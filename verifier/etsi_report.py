"""A report as the validation report of ETSI TS 119 102-2 (XML), for tools that read that and nothing of ours.

Each signature has a report of its own; time stamps and certificates are validation objects, named by their SHA-256.
The shapes are pyHanko's dataclasses, which need ``xsdata`` (extra ``etsi``), imported when a report is written.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from verifier.report import Check, Outcome, Report, SignatureReport, Verdict
from verifier.statement import NAMESPACE, SHA256_URI

if TYPE_CHECKING:
    from pyhanko.generated.etsi import ts_11910202 as vr
    from pyhanko.generated.etsi import xades
    from xsdata.models.datatype import XmlDateTime

NAMESPACES = {
    "vr": "http://uri.etsi.org/19102/v1.2.1#",
    "XAdES": "http://uri.etsi.org/01903/v1.3.2#",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
_URN = "urn:etsi:019102"
_PASSED, _FAILED, _INDETERMINATE = "PASSED", "FAILED", "INDETERMINATE"
_OF_VERDICT = {Verdict.VALID: _PASSED, Verdict.INVALID: _FAILED, Verdict.INDETERMINATE: _INDETERMINATE}
_OF_OUTCOME = {Outcome.PASSED: "passed", Outcome.FAILED: "failed", Outcome.UNKNOWN: "indeterminate"}
_PROCESS = {"B": "Basic", "T": "LTVM", "LT": "LTA", "LTA": "LTA"}


class NotWritten(ValueError):
    """There is nothing to report in this form, or what writes it is not installed."""


def write(report: Report) -> bytes:
    """Return the validation report of a judged file, as XML in UTF-8; raise `NotWritten`.

    The identity of each signature (`verifier.identity`) is written where the report holds it. A file that could not be read
    within its limits was not judged, and has no validation report.
    """
    if report.verdict is Verdict.UNREADABLE:
        raise NotWritten("got a file that was not judged, expected one that was: the standard has no word for it")
    try:
        from pyhanko.generated.etsi import ts_11910202 as vr
        from xsdata.formats.dataclass.serializers import XmlSerializer
        from xsdata.formats.dataclass.serializers.config import SerializerConfig
    except ImportError as fault:
        raise NotWritten("xsdata is not installed: pip install 'lettre-suivie-electronique[etsi]'") from fault

    signatures = [one for one in report.signatures if one.kind == "signature"]
    reports = tuple(_signature(report, one) for one in signatures) or (_bare(report),)
    objects = _objects(report)
    document = vr.ValidationReport(
        signature_validation_report=reports,
        signature_validation_objects=vr.ValidationObjectListType(validation_object=objects) if objects else None,
    )
    return XmlSerializer(config=SerializerConfig(indent="  ")).render(document, ns_map=dict(NAMESPACES)).encode()


def indication(report: Report, one: SignatureReport) -> tuple[str, str]:
    """Return PASSED, FAILED or INDETERMINATE for one signature, with its sub-indication.

    A signature passes only if it is intact, trusted, followed by no change of content, and if what the report says of the
    whole file does not stand against it: the AdES process alone knows the container and not the PDF around it.
    """
    own = one.indication.removeprefix("TOTAL-")
    if one.intact is False:
        return _FAILED, one.sub_indication or report.sub_indication or "FORMAT_FAILURE"
    if one.changes == "content" and own == _PASSED:
        return _FAILED, report.sub_indication or "FORMAT_FAILURE"
    if own not in (_PASSED, _FAILED) or (own == _PASSED and not (one.intact and one.trusted)):
        return _INDETERMINATE, one.sub_indication or report.sub_indication or "GENERIC"
    if own == _PASSED and report.verdict is not Verdict.VALID and not _blamed(report, one):
        return _OF_VERDICT[report.verdict], report.sub_indication or "GENERIC"
    return own, one.sub_indication


def _blamed(report: Report, one: SignatureReport) -> bool:
    """Does another signature's own answer explain why the whole file is not valid?"""
    others = [other for other in report.signatures if other is not one and other.kind == "signature"]
    return any(not other.intact or other.indication.removeprefix("TOTAL-") != _PASSED for other in others)


def _signature(report: Report, one: SignatureReport) -> vr.SignatureValidationReportType:
    from pyhanko.generated.etsi import ts_11910202 as vr
    from pyhanko.generated.w3c.xmldsig_core import SignatureValue

    identity, stamp = one.identity, one.identity and one.identity.time_stamp_sha256
    status, sub_indication = indication(report, one)
    identifier = vr.SignatureIdentifierType(
        digest_alg_and_value=_digest(identity.dtbsr_sha256) if identity else None,
        signature_value=SignatureValue(value=identity.value) if identity else None,
        hash_only=False,
        doc_hash_only=False,
        daidentifier=_printable(one.field),
    )
    attributes = None
    if one.best_time is not None and one.kind == "signature":
        stamped = vr.SATimestampType(
            attribute_object=(_reference(f"time-stamp-{stamp}"),) if stamp else (),
            signed=False,
            time_stamp_value=_time(one.best_time),
        )
        attributes = vr.SignatureAttributesType(signature_time_stamp=(stamped,))
    process = _PROCESS.get(one.level.rpartition("-")[2])
    return vr.SignatureValidationReportType(
        signature_identifier=identifier,
        validation_constraints_evaluation_report=_constraints(
            (*report.checks, *one.checks) if one.kind == "signature" else one.checks
        ),
        validation_time_info=_times(report, one),
        signers_document=vr.SignersDocumentType(
            digest_alg_and_value=_digest(identity.document_sha256 if identity else report.file_sha256)
        ),
        signature_attributes=attributes,
        signer_information=vr.SignerInformationType(
            signer_certificate=_reference(f"certificate-{one.signer.sha256}"), signer=_printable(one.signer.subject)
        )
        if one.signer
        else None,
        signature_validation_process=vr.SignatureValidationProcessType(
            signature_validation_process_id=f"{_URN}:validationprocess:{process}"
        )
        if process
        else None,
        signature_validation_status=_status(report, one, status, sub_indication),
    )


def _status(report: Report, one: SignatureReport, status: str, sub_indication: str) -> vr.ValidationStatusType:
    from pyhanko.generated.etsi import ts_11910202 as vr

    total = "total-" if one.kind == "signature" and status != _INDETERMINATE else ""
    held: tuple[vr.ValidationReportDataType, ...] = ()
    if one.signer is not None:
        anchor = _anchor(report, one)
        between = [held.sha256 for held in one.chain if held.sha256 not in (one.signer.sha256, anchor)]
        chain = vr.CertificateChainType(
            signing_certificate=_reference(f"certificate-{one.signer.sha256}"),
            intermediate_certificate=tuple(_reference(f"certificate-{sha256}") for sha256 in between),
            trust_anchor=_reference(f"certificate-{anchor}") if anchor else None,
        )
        held = (vr.ValidationReportDataType(certificate_chain=chain),)
    return vr.ValidationStatusType(
        main_indication=f"{_URN}:mainindication:{total}{status.lower()}",
        sub_indication=(f"{_URN}:subindication:{sub_indication}",) if sub_indication and status != _PASSED else (),
        associated_validation_report_data=held,
    )


def _anchor(report: Report, one: SignatureReport) -> str | None:
    """Return the SHA-256 of the anchor at which a signature's own chain ends, where it was trusted."""
    if not one.trusted:
        return None
    return one.chain[-1].sha256 if one.chain else report.anchor_sha256


def _bare(report: Report) -> vr.SignatureValidationReportType:
    """Report on a file in which no signature was found: a digest of the whole, and why nothing could be validated."""
    from pyhanko.generated.etsi import ts_11910202 as vr

    status = _FAILED if report.verdict is Verdict.INVALID else _INDETERMINATE
    return vr.SignatureValidationReportType(
        signers_document=vr.SignersDocumentType(digest_alg_and_value=_digest(report.file_sha256)),
        validation_constraints_evaluation_report=_constraints(report.checks),
        signature_validation_status=vr.ValidationStatusType(
            main_indication=f"{_URN}:mainindication:{'total-failed' if status == _FAILED else 'indeterminate'}",
            sub_indication=(f"{_URN}:subindication:{report.sub_indication or 'SIGNED_DATA_NOT_FOUND'}",),
        ),
    )


def _constraints(checks: tuple[Check, ...]) -> vr.ValidationConstraintsEvaluationReportType | None:
    """Write each rule that was applied, named in this project's namespace (ETSI TS 119 102-2, 4.3.5)."""
    from pyhanko.generated.etsi import ts_11910202 as vr

    if not checks:
        return None
    return vr.ValidationConstraintsEvaluationReportType(
        validation_constraint=tuple(
            vr.IndividualValidationConstraintReportType(
                validation_constraint_identifier=f"{NAMESPACE}check/{one.code}",
                constraint_status=vr.ConstraintStatusType(status=f"{_URN}:constraintStatus:applied"),
                validation_status=vr.ValidationStatusType(
                    main_indication=f"{_URN}:mainindication:{_OF_OUTCOME[one.outcome]}"
                ),
            )
            for one in checks
            if one.outcome in _OF_OUTCOME
        )
    )


def _times(report: Report, one: SignatureReport) -> vr.ValidationTimeInfoType:
    """A trusted time stamp proves when the signature existed; without one, this validation does."""
    from pyhanko.generated.etsi import ts_11910202 as vr

    best = one.best_time if one.trusted and one.best_time is not None else report.checked_at
    return vr.ValidationTimeInfoType(
        validation_time=_time(report.checked_at),
        best_signature_time=vr.POEType(poetime=_time(best), type_of_proof=f"{_URN}:poetype:validation"),
    )


def _objects(report: Report) -> tuple[vr.ValidationObjectType, ...]:
    """Return each certificate and time stamp once, document time stamps with a report of their own."""
    certificates = [
        held.sha256
        for one in report.signatures
        for held in (one.signer, *one.chain, one.stamped_by)
        if held is not None
    ]
    certificates += [sha256 for one in report.signatures if (sha256 := _anchor(report, one))]
    stamps = {
        one.identity.time_stamp_sha256: one
        for one in report.signatures
        if one.identity is not None and one.identity.time_stamp_sha256 is not None
    }
    found = [_object("certificate", sha256) for sha256 in dict.fromkeys(certificates)]
    for sha256, one in stamps.items():
        nested = _signature(report, one) if one.kind == "timestamp" else None
        found.append(_object("time-stamp", sha256, nested))
    return tuple(found)


def _object(kind: str, sha256: str, report: vr.SignatureValidationReportType | None = None) -> vr.ValidationObjectType:
    from pyhanko.generated.etsi import ts_11910202 as vr

    return vr.ValidationObjectType(
        object_type=f"{_URN}:validationObject:{kind.replace('-', '')}",
        validation_object_representation=vr.ValidationObjectRepresentationType(digest_alg_and_value=_digest(sha256)),
        validation_report=report,
        id=f"{kind}-{sha256}",
    )


def _reference(identifier: str) -> vr.VOReferenceType:
    from pyhanko.generated.etsi import ts_11910202 as vr

    return vr.VOReferenceType(voreference=(identifier,))


def _digest(sha256: str) -> xades.DigestAlgAndValueType:
    from pyhanko.generated.etsi import xades
    from pyhanko.generated.w3c.xmldsig_core import DigestMethod, DigestValue

    return xades.DigestAlgAndValueType(
        digest_method=DigestMethod(algorithm=SHA256_URI), digest_value=DigestValue(value=bytes.fromhex(sha256))
    )


def _time(moment: datetime) -> XmlDateTime:
    from xsdata.models.datatype import XmlDateTime

    return XmlDateTime.from_datetime(moment)


def _printable(text: str) -> str:
    """Names come from the file; what XML 1.0 cannot hold becomes U+FFFD."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text)
