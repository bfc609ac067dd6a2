"""Statements: written as evidence and read back exactly, or not at all."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from verifier.statement import (
    ETSI_EVENT,
    EVENTS,
    NAMESPACE,
    REASONS,
    AttachmentDigest,
    Cause,
    Challenge,
    Citation,
    Event,
    EventName,
    Failure,
    Handover,
    Issuer,
    Observed,
    Party,
    ProofKind,
    Statement,
    StatementMalformed,
)

AT = datetime(2026, 4, 14, 4, 39, 5, tzinfo=UTC)
HEX = "0123456789abcdef" * 4
ACTED = {ProofKind.RECEIPT, ProofKind.REFUSAL}


def sample(kind: ProofKind, **other: Any) -> Statement:
    """Return the statement of a plausible proof of `kind`."""
    facts: dict[str, Any] = {
        "kind": kind,
        "number": 601612,
        "commitment": HEX,
        "reference": "LSE260414-000006",
        "presentation": 1,
        "events": tuple(Event(name, AT + timedelta(seconds=place)) for place, name in enumerate(EVENTS[kind])),
        "sender": Party("Hélène TĀNEʻARII", "helene@exemple.nc", ("12 rue des Bougainvillées", "98800 Nouméa")),
        "recipient": Party("Joël MARTIN", "joel@exemple.nc", status="professionnel"),
        "attachments": (AttachmentDigest("relevé.pdf", 1234, "application/pdf", HEX),),
        "presented_at": AT,
        "deadline": AT + timedelta(days=15),
        "zone": "Pacific/Noumea",
        "place": "Nouméa",
        "issuer": Issuer("Poste", "", "article 43.1", "https://lse.example/p", "https://lse.example/v", HEX, "l/j"),
        "challenge": Challenge.EMAIL if kind in ACTED else None,
        "handover": Handover("mx.exemple.nc", True, "250 2.0.0 queued", "<1@lse.example>")
        if kind is ProofKind.DISPATCH
        else None,
        "failure": Failure(Cause.NO_SUCH_MAILBOX, "5.1.1", "550 5.1.1 unknown", Observed.SYNCHRONOUS)
        if kind is ProofKind.NON_DELIVERY
        else None,
    }
    return Statement(**{**facts, **other})


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
moments = st.integers(0, 30_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
sizes = st.integers(0, 2**53 - 1)
parties = st.builds(Party, words, words, st.lists(words, max_size=4).map(tuple), words)


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    kind = draw(st.sampled_from(ProofKind))
    made = sample(kind)
    return replace(
        made,
        number=draw(st.integers(1, 2**53 - 1)),
        commitment=draw(digests),
        reference=draw(words),
        presentation=draw(st.integers(1, 9)),
        events=tuple(Event(name, draw(moments)) for name in EVENTS[kind]),
        sender=draw(parties),
        recipient=draw(parties),
        attachments=tuple(draw(st.lists(st.builds(AttachmentDigest, words, sizes, words, digests), max_size=3))),
        presented_at=draw(moments),
        deadline=draw(moments),
        zone=draw(words),
        place=draw(words),
        issuer=Issuer(*(draw(words) for _ in range(7))),
        challenge=draw(st.sampled_from(Challenge)) if kind in ACTED else None,
        handover=Handover(draw(words), draw(st.booleans()), draw(words), draw(words)) if made.handover else None,
        failure=Failure(draw(st.sampled_from(Cause)), draw(words), draw(words), draw(st.sampled_from(Observed)))
        if made.failure
        else None,
        cites=tuple(draw(st.lists(st.builds(Citation, words, moments), max_size=2))),
        dossier=draw(words),
        language=draw(st.sampled_from(["fr", "en"])),
        test=draw(st.booleans()),
        layout=draw(st.integers(1, 9)),
    )


@given(statements())
def test_every_statement_survives_being_written_as_evidence(statement: Statement) -> None:
    raw = statement.to_evidence()
    assert Statement.from_evidence(raw) == statement
    assert rfc8785.dumps(json.loads(raw)) == raw


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to every object, list and value of a document."""
    yield at
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from paths(child, (*at, key))


def edited(document: Any, path: tuple[Any, ...], *, add: bool) -> bytes | None:
    """Return the evidence with one thing added to, or removed from, what stands at `path`; None where nothing can be."""
    document = copy.deepcopy(document)
    parent: Any = None
    here = document
    for key in path:
        parent, here = here, here[key]
    if add and isinstance(here, dict):
        here["Zusatz"] = "more"
    elif add and isinstance(here, list):
        here.append("more")
    elif not add and path:
        del parent[path[-1]]
    else:
        return None
    return rfc8785.dumps(document)


@pytest.mark.parametrize("kind", ProofKind)
def test_nothing_can_be_added_to_evidence(kind: ProofKind) -> None:
    document = json.loads(sample(kind, cites=(Citation("EV1", AT),)).to_evidence())
    tried = 0
    for path in paths(document):
        raw = edited(document, path, add=True)
        # A line more of a postal address is another address, which the page shows.
        if raw is not None and path[-1:] != ("PostalAddress",):
            tried += 1
            with pytest.raises(StatementMalformed):
                Statement.from_evidence(raw)
    assert tried > 15


@pytest.mark.parametrize("kind", ProofKind)
def test_nothing_can_be_taken_out_of_evidence(kind: ProofKind) -> None:
    document = json.loads(sample(kind, attachments=()).to_evidence())
    tried = 0
    for path in paths(document):
        raw = edited(document, path, add=False)
        if raw is not None and path[-2:-1] != ("PostalAddress",):
            tried += 1
            with pytest.raises(StatementMalformed):
                Statement.from_evidence(raw)
    assert tried > 40


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"{}",
        b"[]",
        b"[[]]",
        b"\xff\xfe",
        b"[" * 100_000,
        b"1e999",
        sample(ProofKind.DISPATCH).to_evidence() + b"\n",
        b" " + sample(ProofKind.DISPATCH).to_evidence(),
        sample(ProofKind.DISPATCH).to_evidence().replace(b'"version":', b'"version":"x","version":', 1),
        sample(ProofKind.DISPATCH).to_evidence().replace(b"1234", b"1234.0"),
        sample(ProofKind.DISPATCH).to_evidence().replace(b"EN319522v1.1.1", b"EN319522v9.9.9"),
        sample(ProofKind.DISPATCH).to_evidence().replace(b"statement/1", b"statement/2"),
        sample(ProofKind.DISPATCH).to_evidence().replace(b'"Kind":"EV"', b'"Kind":"AR"'),
        sample(ProofKind.DISPATCH).to_evidence().replace(b'"isCritical":false', b'"isCritical":true'),
        sample(ProofKind.DISPATCH).to_evidence().replace(b"04:39:05Z", b"04:39:05+00:00"),
        sample(ProofKind.RECEIPT).to_evidence().replace(b'"Challenge":"email"', b'"Challenge":"passport"'),
        sample(ProofKind.NEGLECT).to_evidence().replace(b"reason/not-collected", b"reason/refused"),
        sample(ProofKind.NON_DELIVERY).to_evidence().replace(b"UnknownRecipient", b"R_ERDS_Unreachable"),
    ],
)
def test_bytes_that_are_not_exactly_evidence_are_refused(raw: bytes) -> None:
    with pytest.raises(StatementMalformed):
        Statement.from_evidence(raw)


MISSING = [
    (ProofKind.DISPATCH, "handover"),
    (ProofKind.DISPATCH, "deadline"),
    (ProofKind.DISPATCH, "presented_at"),
    (ProofKind.RECEIPT, "challenge"),
    (ProofKind.RECEIPT, "deadline"),
    (ProofKind.RECEIPT, "presented_at"),
    (ProofKind.REFUSAL, "challenge"),
    (ProofKind.REFUSAL, "deadline"),
    (ProofKind.REFUSAL, "presented_at"),
    (ProofKind.NEGLECT, "deadline"),
    (ProofKind.NEGLECT, "presented_at"),
    (ProofKind.NON_DELIVERY, "failure"),
]


@pytest.mark.parametrize(("kind", "fact"), MISSING)
def test_a_proof_that_lacks_a_fact_it_must_state_cannot_be_made(kind: ProofKind, fact: str) -> None:
    with pytest.raises(StatementMalformed, match="a fact that this proof must state is missing"):
        sample(kind, **{fact: None})


@pytest.mark.parametrize("kind", ProofKind)
def test_a_proof_certifies_its_own_events_in_order_and_no_others(kind: ProofKind) -> None:
    right = sample(kind).events
    for events in ((), right + right[-1:], right[:-1], tuple(Event(EventName.CONTENT_HANDOVER, AT) for _ in right)):
        if tuple(event.name for event in events) != EVENTS[kind]:
            with pytest.raises(StatementMalformed, match="events of"):
                sample(kind, events=events)
    if len(right) == 2:
        with pytest.raises(StatementMalformed):
            sample(kind, events=right[::-1])


@pytest.mark.parametrize(
    "other", [{"number": 0}, {"number": -1}, {"commitment": "ab"}, {"commitment": HEX.upper()}, {"language": "de"}]
)
def test_a_proof_without_a_proper_name_or_language_cannot_be_made(other: dict[str, Any]) -> None:
    with pytest.raises(StatementMalformed):
        sample(ProofKind.DISPATCH, **other)


def test_all_proofs_of_a_letter_share_its_number_and_commitment() -> None:
    assert {sample(kind).proof_id for kind in ProofKind} == {f"{kind.value}601612-{HEX}" for kind in ProofKind}


def test_a_non_delivery_without_dispatch_has_no_deadline_and_says_so() -> None:
    statement = sample(ProofKind.NON_DELIVERY, presented_at=None, deadline=None)
    content = json.loads(statement.to_evidence())[0]["Extensions"][0]["Content"]
    assert content["PresentedAt"] is None
    assert content["Deadline"] is None
    assert Statement.from_evidence(statement.to_evidence()) == statement


def test_every_reason_stands_in_our_namespace_and_a_standard_name_is_never_invented() -> None:
    known = {
        "R_ERDS_MessageRejectedByRecipient",
        "R_ERDS_MessageNotAcceptedByRecipient",
        "UnknownRecipient",
        "MessageNotConsignedForQuota",
        "R_ERDS_Unreachable",
        "MessageNotConsignedForMalfunction",
    }
    assert {name for _, name in REASONS.values() if name} == known
    assert set(REASONS) == {*Cause, ProofKind.REFUSAL, ProofKind.NEGLECT}
    for cause in Cause:
        failure = Failure(cause, "5.0.0", "", Observed.REPORT)
        evidence = json.loads(sample(ProofKind.NON_DELIVERY, failure=failure).to_evidence())[0]
        (reason,) = evidence["EventReasons"]["EventReason"]
        assert reason["Code"] == f"{NAMESPACE}reason/{REASONS[cause][0]}"
        assert reason["Details"][-1] == "5.0.0"
    assert all(name.uri == ETSI_EVENT + name.value for name in EventName)


def test_every_kind_of_proof_has_a_title_in_both_languages() -> None:
    assert len({kind.title_fr for kind in ProofKind} | {kind.title_en for kind in ProofKind}) == 10
