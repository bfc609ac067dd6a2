"""Judge one signed PDF, a proof of a Lettre Suivie Électronique or any other, offline, by numbered steps.

The answer separates what the bytes prove (they are those that were sealed) from whom they come from (an authority that the
caller trusts): a genuine proof without its root is INDETERMINATE, a changed one is INVALID whoever is trusted. Hostile files
belong in the child process of `verifier.sandbox`, which calls this.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader

from verifier import containers, foreign, page, sealed, shortcut, structure, trust
from verifier.case import Case
from verifier.containers import Signed
from verifier.embedded import EmbeddedUnreadable, embedded_files
from verifier.fetched import parsed
from verifier.report import Outcome, Report, Verdict
from verifier.sentences import check as line
from verifier.structure import PdfBroken

# The steps, in order; the code below carries the same numbers.
#  (1) raw bytes: a PDF, nothing after its end
#  (2) lenient parse under decoding limits; an encrypted file opens with the empty password or not at all
#  (3) signature fields, each dictionary once, in the order of signing
#  (4) gap rule for each: it covers all of its revision but its own value
#  (5) containers: one signer, content outside, attributes in order, digest, value, the signer's certificate named
#  (6) each dictionary the same as when it was signed
#  (7) differences: what came after each signature (`verifier.changes`)
#  (8) level (`verifier.levels`)
#  (9) AdES process on pinned anchors at the best time of each signature, nothing fetched (`verifier.foreign`)
# (10) combine
# A proof of our own goes another way from (7): certified "no changes" (DocMDP 1), later revisions by allow-list, B-LTA, one
# seal else time stamps, and the rules of what it says: evidence, page, deadline, journal, anchor. One that is to the byte as
# we write it, and in which nothing needs weighing, is done before (2) (`verifier.shortcut`).

SEAL = sealed.SEAL


def check(
    raw: bytes,
    *,
    anchors: Sequence[bytes],
    now: datetime,
    name: str = "",
    policy: str | None = None,
    revocation_data: Sequence[bytes] = (),
    thorough: bool = False,
) -> Report:
    """Judge the bytes of one file at `now` (aware UTC).

    `anchors` are trusted certificates in PEM or DER; `policy` is a journal policy (C2SP tlog-policy) that replaces the one
    inside the proof; `revocation_data` are lists and OCSP responses in DER, for files that do not carry theirs.
    `thorough` makes the general judgement even where a short one leads to the end (`verifier.shortcut`).
    Raises `verifier.trust.AnchorUnreadable`, never anything about the file.
    """
    trusted = trust.anchors(anchors)
    case = Case(raw, name, now, fetched=parsed(revocation_data))
    # (1)
    if structure.MAGIC not in raw[:1024]:
        return case.end(Verdict.UNREADABLE, "", "not-a-pdf")
    scan = structure.scan(raw)
    case.note("end-of-file", scan.trailing == 0, f"{scan.ends} %%EOF, {scan.trailing} bytes after the last")
    if not thorough and not revocation_data:
        short = shortcut.judge(case, trusted, policy)
        if short is not None:
            return short
    # (2)
    unread = ""
    try:
        reader = structure.open_pdf(raw)
        encrypted = structure.is_encrypted(reader)
        if encrypted and not structure.unlocked(reader):
            return case.end(Verdict.INDETERMINATE, "FORMAT_FAILURE", "locked")
        case.files = embedded_files(reader)
    except EmbeddedUnreadable as fault:
        unread = str(fault)
    except PdfBroken as fault:
        return _broken(case, scan, str(fault), trusted)
    # (3)
    try:
        fields = structure.signature_fields(reader)
    except PdfBroken as fault:
        return _broken(case, scan, str(fault), trusted)
    if not fields:
        return _unsigned(case, scan)
    claims = any(one.name == SEAL for one in fields) or _claims(case)
    if claims and encrypted:
        return case.end(Verdict.INDETERMINATE, "FORMAT_FAILURE", "encrypted")
    if claims and unread:
        case.note("attachments", False, unread)
    # (4) (5) (6) (7)
    signed = containers.judge(case, reader, fields if claims else structure.in_order(fields))
    if not claims:
        return _foreign(case, reader, signed, trusted)
    return sealed.judge(case, reader, signed, trusted, policy)


def _broken(case: Case, scan: structure.Scan, detail: str, trusted: Sequence[x509.Certificate]) -> Report:
    """Look for signatures in a file whose tables are broken: they are reported, and never make it VALID.

    A proof of our own is written whole: one with broken tables was changed.
    """
    if scan.byte_ranges:
        try:
            reader = structure.salvaged(case.raw)
            fields = structure.in_order(structure.signature_fields(reader))
        except PdfBroken:
            fields = []
        if fields and SEAL.encode() not in case.raw and not _claims_in(case, reader):
            case.checks.append(line("repaired", Outcome.UNKNOWN, detail))
            return _foreign(case, reader, containers.judge(case, reader, fields), trusted)
    if scan.byte_ranges:
        return case.end(Verdict.INVALID, "FORMAT_FAILURE", "structure", detail)
    return case.end(Verdict.UNREADABLE, "", "structure", detail)


def _claims_in(case: Case, reader: PdfFileReader) -> bool:
    try:
        case.files = embedded_files(reader)
    except EmbeddedUnreadable:
        return False
    return _claims(case)


def _claims(case: Case) -> bool:
    return any(one.name == page.EVIDENCE_NAME for one in case.files)


def _unsigned(case: Case, scan: structure.Scan) -> Report:
    if _claims(case):
        return case.end(Verdict.INVALID, "FORMAT_FAILURE", "stripped")
    if scan.byte_ranges:
        return case.end(Verdict.INDETERMINATE, "SIGNED_DATA_NOT_FOUND", "unreachable")
    return case.end(Verdict.INDETERMINATE, "SIGNED_DATA_NOT_FOUND", "unsigned")


def _foreign(
    case: Case, reader: PdfFileReader, signed: Sequence[Signed], trusted: Sequence[x509.Certificate]
) -> Report:
    """Answer for a signed PDF that is not one of ours."""
    foreign.judge(case, reader, signed, trusted)
    return foreign.conclude(case)
