"""The report laid out: which parts it has, what it answers, and the same in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.proofs import ACT, Service
from tests.verifier.test_report import BARE
from tests.verifier.test_report_schema import CHANGE, full
from verifier import attested
from verifier.check import check
from verifier.labels import LABELS
from verifier.layout import Deeds, Facts, Layout
from verifier.parts import laid_out
from verifier.report import Report, Verdict


def foreign(**changes: object) -> Report:
    """A report on a file that is no proof of ours, with one signature."""
    seal = replace(full().signatures[0], found=(), **changes)  # type: ignore[arg-type]
    return replace(full(), statement=None, proven_at=None, signatures=(seal,))


def answers(report: Report) -> dict[str, str]:
    return {one.key: one.outcome for one in laid_out(report, "fr").answers}


def deeds(layout: Layout) -> Deeds:
    [found] = [block for part in layout.parts for block in part.blocks if isinstance(block, Deeds)]
    return found


def test_both_languages_have_the_same_labels_and_no_empty_one() -> None:
    assert set(LABELS["fr"]) == set(LABELS["en"])
    assert [name for words in LABELS.values() for name, said in words.items() if not said] == ["permitted-None"] * 2


def test_a_proof_has_nine_parts_and_a_file_that_was_not_judged_has_those_that_say_why(
    proof: bytes, service: Service
) -> None:
    judged = check(proof, anchors=[service.anchor], now=ACT, name="preuve.pdf")
    assert [part.number for part in laid_out(judged, "fr").parts] == list(range(1, 10))
    assert [part.number for part in laid_out(BARE, "fr").parts] == [2, 9]
    assert laid_out(BARE, "en").answers == ()


def test_a_valid_file_that_is_no_proof_is_never_called_one() -> None:
    for language, words in (
        ("fr", "Ce n’est pas une preuve de lettre"),
        ("en", "This is no proof of a tracked letter"),
    ):
        layout = laid_out(foreign(), language)
        assert words in layout.sentence
        assert layout.word in ("Signature valide", "Valid signature")
    two = replace(foreign(), signatures=foreign().signatures * 2)
    assert laid_out(two, "fr").word == "Signatures valides"


def test_intact_and_trusted_are_two_answers() -> None:
    assert answers(foreign()) == {"intact": "passed", "changes": "passed", "trusted": "passed"}
    assert answers(foreign(trusted=None))["trusted"] == "unknown"
    assert answers(foreign(trusted=None))["intact"] == "passed"
    assert answers(foreign(intact=False)) == {"intact": "failed", "changes": "passed", "trusted": "passed"}


def test_the_worst_of_several_signatures_answers() -> None:
    good, bad = (
        foreign().signatures[0],
        foreign(intact=None, trusted=False, changes="content", permitted=False).signatures[0],
    )
    for order in ((good, bad), (bad, good)):
        found = answers(replace(foreign(), signatures=order))
        assert found == {"intact": "unknown", "changes": "failed", "trusted": "failed"}


@pytest.mark.parametrize(("permitted", "outcome"), [(True, "unknown"), (False, "failed"), (None, "failed")])
def test_changed_content_is_never_green_and_red_only_where_the_signer_did_not_allow_it(
    permitted: bool | None, outcome: str
) -> None:
    assert answers(foreign(changes="content", permitted=permitted))["changes"] == outcome


def test_changes_are_told_gravest_first_with_their_values_and_counted_beyond_a_bound() -> None:
    benign = replace(CHANGE, weight="benign", permitted=True, kind="validation-data")
    odd = replace(CHANGE, weight="unknown", permitted=None, before="")
    forbidden = replace(CHANGE, permitted=False)
    report = foreign()
    seal = replace(report.signatures[0], found=(benign, odd, CHANGE, forbidden))
    found = deeds(laid_out(replace(report, signatures=(seal,)), "fr")).deeds
    assert [one.weight for one in found] == ["permitted", "content", "unknown", "benign"]
    assert (found[0].before, found[0].after, found[0].permitted) == ("100", "900", "permis par le signataire")
    assert found[2].before == "(rien)"
    assert found[3].before == ""
    seal = replace(seal, found=(CHANGE,) * (attested.MOST + 7))
    held = deeds(laid_out(replace(report, signatures=(seal,)), "en"))
    assert len(held.deeds) == attested.MOST
    assert held.more == "And 7 more, in the JSON report."


def test_a_proven_time_and_a_declared_one_are_told_apart() -> None:
    def labels(report: Report) -> list[str]:
        blocks = next(part.blocks for part in laid_out(report, "fr").parts if part.key == "when")
        return [row.label for block in blocks if isinstance(block, Facts) for row in block.rows]

    assert labels(foreign())[:2] == ["Heure prouvée (horodatage)", "Horodaté par"]
    assert labels(foreign(trusted=None))[0] == "Heure de l’horodatage, non prouvée"
    assert labels(foreign(best_time=None, stamped_by=None)) == ["Heure prouvée", "Heure déclarée par le signataire"]


def test_times_are_the_legal_time_of_the_proof_else_of_whoever_reports() -> None:
    def examined(report: Report, **place: str) -> str:
        [rows] = [part.blocks[0] for part in laid_out(report, "fr", **place).parts if part.key == "file"]
        assert isinstance(rows, Facts)
        return next(row.value for row in rows.rows if row.form == "time")

    assert examined(foreign()) == "14/04/2026 04:39:05 UTC"
    assert examined(foreign(), zone="Pacific/Noumea", place="Nouméa").startswith("14/04/2026 15:39:05 (UTC+11, Nouméa)")
    assert "UTC+11" in examined(full(), zone="Europe/Paris", place="Paris")


def test_the_word_of_doubt_agrees_with_what_it_is_said_of() -> None:
    doubt = replace(full(), verdict=Verdict.INDETERMINATE, reason_fr="il manque une liste")
    assert laid_out(doubt, "fr").word == "Indéterminée"
    assert laid_out(replace(doubt, statement=None), "fr").word == "Indéterminé"
    assert laid_out(doubt, "fr").sentence == "Il manque une liste."
