"""Signed PDFs that are no proofs of ours: what is VALID, what is open, and what is never green."""

from __future__ import annotations

from datetime import timedelta

import pytest
from asn1crypto import cms
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter

from tests import strangers
from tests.pki import NOW, YEAR, authority, drawn
from tests.strangers import NAME, Stranger, attribute, changed, resigned, without
from verifier.check import check
from verifier.report import Outcome, Report, SignatureReport, Verdict

LATER = NOW + timedelta(days=30)


@pytest.fixture(scope="module")
def stranger() -> Stranger:
    return Stranger()


@pytest.fixture(scope="module")
def signed(stranger: Stranger) -> bytes:
    return stranger.sign(drawn())


@pytest.fixture(scope="module")
def archived(stranger: Stranger) -> bytes:
    return stranger.sign(strangers.form("total", "name"), level="LTA")


def judged(raw: bytes, stranger: Stranger, **asked: object) -> Report:
    return check(raw, **{"anchors": [stranger.anchor], "now": LATER, **asked})  # type: ignore[arg-type]


def first(report: Report) -> SignatureReport:
    return next(one for one in report.signatures if one.kind == "signature")


def outcome(one: SignatureReport, code: str) -> Outcome | None:
    return next((each.outcome for each in one.checks if each.code == code), None)


def test_an_archived_signature_is_valid_with_its_time_its_chain_and_its_stamper(
    archived: bytes, stranger: Stranger
) -> None:
    report = judged(archived, stranger)
    one = first(report)
    assert (report.verdict, one.indication, one.level) == (Verdict.VALID, "PASSED", "PAdES-BASELINE-LTA")
    assert (one.best_time, one.changes, one.permitted, one.whole_file) == (NOW, "benign", True, False)
    assert one.stamped_by is not None
    assert one.stamped_by.sha256 == stranger.post.tsa.certificate.fingerprint(_sha256()).hex()
    assert [each.sha256 for each in one.chain] == [
        each.certificate.fingerprint(_sha256()).hex() for each in (stranger.post.seal, stranger.post.root)
    ]
    assert Report.from_dict(report.to_dict()) == report


def test_long_term_data_alone_make_a_signature_valid_while_its_time_stamp_lasts(stranger: Stranger) -> None:
    report = judged(stranger.sign(drawn(), level="LT"), stranger)
    assert (report.verdict, first(report).level) == (Verdict.VALID, "PAdES-BASELINE-LT")


@pytest.mark.parametrize("level", ["B", "T"])
def test_without_revocation_data_nothing_says_that_a_certificate_was_good(level: str, stranger: Stranger) -> None:
    report = judged(stranger.sign(drawn(), level=level), stranger)
    one = first(report)
    assert (report.verdict, one.sub_indication, one.trusted) == (Verdict.INDETERMINATE, "TRY_LATER", True)
    assert (one.intact, one.level, one.best_time) == (True, f"PAdES-BASELINE-{level}", None)


def test_without_an_anchor_a_signature_is_intact_and_its_signer_is_not_established(
    archived: bytes, stranger: Stranger
) -> None:
    report = judged(archived, stranger, anchors=[])
    one = first(report)
    assert (report.verdict, report.sub_indication) == (Verdict.INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND")
    assert (one.intact, one.trusted, one.chain, one.best_time) == (True, False, (), None)


def test_an_authority_of_the_same_name_vouches_for_nobody(archived: bytes, stranger: Stranger) -> None:
    other = authority(at=NOW)
    report = judged(archived, stranger, anchors=[other.root_pem])
    assert (report.sub_indication, first(report).trusted) == ("NO_CERTIFICATE_CHAIN_FOUND", False)


def test_a_changed_byte_is_a_hash_failure(archived: bytes, stranger: Stranger) -> None:
    broken = bytearray(archived)
    broken[2000] ^= 1
    report = judged(bytes(broken), stranger)
    assert (report.verdict, report.sub_indication) == (Verdict.INVALID, "HASH_FAILURE")


@pytest.mark.parametrize(("hours", "verdict", "sub"), [(-1, Verdict.INVALID, "REVOKED"), (1, Verdict.VALID, "")])
def test_a_revocation_counts_from_its_date(hours: int, verdict: Verdict, sub: str) -> None:
    stranger = Stranger()
    raw = stranger.sign(drawn(), level="T")
    stranger.post.revoke(stranger.post.seal, NOW + timedelta(hours=hours))
    report = judged(_with_lists(raw, *stranger.post.revocation()), stranger)
    assert (report.verdict, report.sub_indication) == (verdict, sub)


def test_a_revoked_certificate_without_a_time_stamp_leaves_the_time_open() -> None:
    stranger = Stranger()
    raw = stranger.sign(drawn())
    stranger.post.revoke(stranger.post.seal, NOW + timedelta(hours=1))
    stranger.post.clock.time = LATER
    report = judged(_with_lists(raw, *stranger.post.revocation()), stranger)
    assert (report.verdict, report.sub_indication) == (Verdict.INDETERMINATE, "REVOKED_NO_POE")


def test_an_expired_certificate_is_valid_only_with_a_trusted_time_stamp() -> None:
    stranger = Stranger(authority(at=NOW, seal_until=NOW + timedelta(days=5)))
    stamped = judged(stranger.sign(drawn(), level="LTA"), stranger)
    assert stamped.verdict is Verdict.VALID
    bare = judged(_with_lists(stranger.sign(drawn()), *stranger.post.revocation()), stranger)
    assert (bare.verdict, bare.sub_indication) == (Verdict.INDETERMINATE, "OUT_OF_BOUNDS_NO_POE")


@pytest.mark.parametrize(
    ("level", "verdict", "sub"), [("LT", Verdict.INDETERMINATE, "NO_POE"), ("LTA", Verdict.VALID, "")]
)
def test_revocation_data_of_an_expired_authority_count_if_a_time_stamp_covers_them(
    level: str, verdict: Verdict, sub: str
) -> None:
    stranger = strangers.below(until=NOW + timedelta(days=5))
    report = judged(stranger.sign(drawn(), level=level), stranger)
    assert (report.verdict, report.sub_indication, len(first(report).chain)) == (verdict, sub, 3)


def test_a_time_stamp_whose_authority_has_expired_proves_nothing_any_more(archived: bytes, stranger: Stranger) -> None:
    report = judged(archived, stranger, now=NOW + 12 * YEAR)
    assert report.verdict is Verdict.INDETERMINATE
    assert first(report).best_time is None


def test_a_time_stamp_of_the_future_proves_nothing(archived: bytes, stranger: Stranger) -> None:
    report = judged(archived, stranger, now=NOW - timedelta(hours=2))
    assert (report.verdict, first(report).best_time) == (Verdict.INDETERMINATE, None)


def test_a_field_filled_in_afterwards_is_shown_and_never_green(archived: bytes, stranger: Stranger) -> None:
    report = judged(strangers.filled(archived, "total", "1000"), stranger)
    one = first(report)
    assert (report.verdict, one.changes, one.permitted) == (Verdict.INDETERMINATE, "content", True)
    found = next(each for each in one.found if each.kind == "form-value")
    assert (found.field, found.before, found.after, found.weight) == ("total", "", "1000", "content")
    assert found.fr.endswith(".")


def test_a_field_filled_in_a_document_certified_without_changes_is_invalid(stranger: Stranger) -> None:
    certified = stranger.sign(strangers.form("total"), certify=MDPPerm.NO_CHANGES)
    report = judged(strangers.filled(certified, "total", "1000"), stranger)
    assert (report.verdict, report.sub_indication) == (Verdict.INVALID, "FORMAT_FAILURE")
    assert "docmdp" in {each.kind for each in first(report).found}


def test_a_page_drawn_over_afterwards_is_invalid(archived: bytes, stranger: Stranger) -> None:
    def cover(writer: IncrementalPdfFileWriter) -> None:
        leaf = writer.root["/Pages"]["/Kids"][0]
        leaf[NAME("/Contents")] = writer.add_object(generic.StreamObject(stream_data=b"1 0 0 rg 0 0 600 850 re f"))
        writer.update_container(leaf)

    report = judged(changed(archived, cover), stranger)
    assert (report.verdict, report.sub_indication) == (Verdict.INVALID, "FORMAT_FAILURE")
    assert outcome(first(report), "content-changed") is Outcome.FAILED


def test_a_script_added_afterwards_is_invalid(archived: bytes, stranger: Stranger) -> None:
    def script(writer: IncrementalPdfFileWriter) -> None:
        action = {NAME("/S"): NAME("/JavaScript"), NAME("/JS"): generic.pdf_string("app.alert(1)")}
        writer.root[NAME("/OpenAction")] = generic.DictionaryObject(action)
        writer.update_root()

    report = judged(changed(archived, script), stranger)
    assert report.verdict is Verdict.INVALID
    assert "script" in {each.kind for each in first(report).found}


def test_a_second_signature_leaves_the_first_as_it_was(archived: bytes, stranger: Stranger) -> None:
    report = judged(stranger.sign(archived, "Signature2", level="LTA"), stranger)
    assert report.verdict is Verdict.VALID
    assert [one.field for one in report.signatures if one.kind == "signature"] == ["Signature1", "Signature2"]


def test_a_visible_signature_over_signed_text_is_never_green(stranger: Stranger) -> None:
    raw = stranger.sign(stranger.sign(drawn(), level="LTA"), "Signature2", level="LTA", box=(0, 600, 595, 842))
    report = judged(raw, stranger)
    assert report.verdict is Verdict.INDETERMINATE
    assert "signature-over-content" in {each.kind for each in first(report).found}


def test_a_spoofed_signature_dictionary_is_invalid(stranger: Stranger, signed: bytes) -> None:
    def spoof(writer: IncrementalPdfFileWriter) -> None:
        held = writer.root["/AcroForm"]["/Fields"][0].get_object()["/V"]
        held[NAME("/Reason")] = generic.pdf_string("something else")
        writer.update_container(held)

    report = judged(changed(signed, spoof), stranger)
    assert (report.verdict, outcome(first(report), "dictionary")) == (Verdict.INVALID, Outcome.FAILED)


def test_a_weak_digest_is_intact_and_its_age_is_told(stranger: Stranger) -> None:
    raw = _with_lists(stranger.sign(drawn(), digest="sha1"), *stranger.post.revocation())
    one = first(judged(raw, stranger))
    assert (one.intact, one.sub_indication) == (True, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE")


@pytest.mark.parametrize("user", ["", "secret"])
def test_an_encrypted_file_opens_with_the_empty_password_or_not_at_all(user: str, stranger: Stranger) -> None:
    raw = stranger.sign(stranger.sign(strangers.encrypted(user=user), password="owner"), "Signature2", password="owner")
    report = judged(raw, stranger)
    assert report.verdict is Verdict.INDETERMINATE
    intact = [(one.intact, one.changes) for one in report.signatures]
    assert intact == ([] if user else [(True, "benign"), (True, "none")])


def test_a_signature_that_no_field_leads_to_is_unreachable_and_not_absent(signed: bytes, stranger: Stranger) -> None:
    def forget(writer: IncrementalPdfFileWriter) -> None:
        writer.root[NAME("/AcroForm")] = generic.DictionaryObject()
        writer.update_root()

    report = judged(changed(signed, forget), stranger)
    assert (report.verdict, report.checks[-1].code) == (Verdict.INDETERMINATE, "unreachable")


def test_a_file_with_broken_tables_is_told_by_its_objects_and_never_valid(archived: bytes, stranger: Stranger) -> None:
    start = archived.rindex(b"startxref")
    report = judged(archived[:start] + b"startxref\n99999999\n%%EOF\n", stranger)
    assert report.verdict is not Verdict.VALID
    assert "repaired" in {one.code for one in report.checks}
    assert first(report).intact is True


def test_bytes_after_the_end_are_told_and_never_green(archived: bytes, stranger: Stranger) -> None:
    report = judged(archived + b"hidden", stranger)
    assert report.verdict is Verdict.INDETERMINATE


CONTAINERS = {
    "unchanged": ({}, Verdict.INDETERMINATE, ""),
    "content inside": ({"data": lambda held: _enclose(held)}, Verdict.INVALID, "detached"),
    "two signers": (
        {"data": lambda held: _twice(held)},
        Verdict.INVALID,
        "one-signer",
    ),
    "attributes out of order": (
        {"ordered": False, "attributes": lambda held: sorted(held, key=lambda one: one.dump(), reverse=True)},
        Verdict.INVALID,
        "signature-value",
    ),
    "no content type": ({"attributes": without("content_type")}, Verdict.INVALID, "attributes"),
    "another digest": (
        {"attributes": lambda held: [*without("message_digest")(held), attribute("message_digest", bytes(32))]},
        Verdict.INVALID,
        "digest",
    ),
    "another certificate named": ({"attributes": lambda held: _misnamed(held)}, Verdict.INVALID, "signing-certificate"),
}


@pytest.mark.parametrize("name", list(CONTAINERS))
def test_each_rule_of_the_container_is_told_by_its_name(name: str, signed: bytes, stranger: Stranger) -> None:
    asked, verdict, code = CONTAINERS[name]
    report = judged(resigned(signed, stranger.post.seal, **asked), stranger)  # type: ignore[arg-type]
    failed = [each.code for each in first(report).checks if each.outcome is Outcome.FAILED]
    assert (report.verdict, code in failed or code == "") == (verdict, True)


def test_a_signature_in_adobes_own_form_is_judged_too(stranger: Stranger) -> None:
    raw = stranger.sign(drawn(), level="LTA", subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED)
    report = judged(raw, stranger)
    assert (report.verdict, first(report).level) == (Verdict.VALID, "PKCS7-LT")


def test_many_signatures_are_judged_in_a_few_seconds(stranger: Stranger) -> None:
    import time

    raw = drawn()
    for number in range(12):
        raw = stranger.sign(raw, f"Signature{number}", level="LTA" if number % 4 == 3 else "T")
    begun = time.process_time()
    report = judged(raw, stranger)
    assert len([one for one in report.signatures if one.kind == "signature"]) == 12
    assert time.process_time() - begun < 5


def _with_lists(raw: bytes, *lists: bytes) -> bytes:
    """Add a document security store with revocation lists."""

    def add(writer: IncrementalPdfFileWriter) -> None:
        held = [writer.add_object(generic.StreamObject(stream_data=one)) for one in lists]
        store = generic.DictionaryObject({NAME("/CRLs"): generic.ArrayObject(held)})
        writer.root[NAME("/DSS")] = writer.add_object(store)
        writer.update_root()

    return changed(raw, add)


def _twice(held: cms.SignedData) -> None:
    held["signer_infos"].append(held["signer_infos"][0])


def _enclose(held: cms.SignedData) -> None:
    held["encap_content_info"] = {"content_type": "data", "content": b"other"}


def _misnamed(held: list[cms.CMSAttribute]) -> list[cms.CMSAttribute]:
    named = next(one for one in held if one["type"].native == "signing_certificate_v2").copy()
    named["values"][0]["certs"][0]["cert_hash"] = bytes(32)
    return [*without("signing_certificate_v2")(held), named]


def _sha256() -> object:
    from cryptography.hazmat.primitives.hashes import SHA256

    return SHA256()


def test_a_second_signature_taken_out_of_the_form_is_missed_and_never_green(
    archived: bytes, stranger: Stranger
) -> None:
    both = stranger.sign(archived, "Second", level="LTA")
    assert judged(both, stranger).verdict is Verdict.VALID

    def taken_out(writer: IncrementalPdfFileWriter) -> None:
        form = writer.root["/AcroForm"]
        kept = [one for one in form["/Fields"] if one.get_object()["/T"] != "Second"]
        form[generic.pdf_name("/Fields")] = generic.ArrayObject(kept)
        writer.update_container(form)

    report = judged(changed(both, taken_out), stranger)
    assert report.verdict is not Verdict.VALID


def test_five_thousand_changes_are_told_by_the_gravest_and_by_their_number() -> None:
    from verifier.change_words import told
    from verifier.findings import Finding, Kind

    findings = [Finding(Kind.METADATA, f"place {n}") for n in range(4_999)] + [Finding(Kind.PAGE_CONTENT, "page 1")]
    found = told(findings, 40)
    assert len(found) == 40
    assert found[0].kind == "page-content"
    assert found[-1].kind == "more"
    assert "4961" in found[-1].en
    assert len(told(findings[:40], 40)) == 40
