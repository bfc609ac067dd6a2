"""The published schema of the evidence accepts what proofs state, and nothing that they do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.verifier.test_statement import sample
from verifier import page
from verifier.statement import Cause, Citation, EventName, Failure, Observed, ProofKind

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "verifier/evidence.schema.json").read_text())
DOCUMENT = (ROOT / "docs/evidence.md").read_text()


def accepted(evidence: Any) -> bool:
    return bool(jsonschema.Draft202012Validator(SCHEMA).is_valid(evidence))


def evidence(kind: ProofKind, **other: Any) -> Any:
    return json.loads(sample(kind, **other).to_evidence())


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("kind", ProofKind)
def test_every_kind_of_proof_is_accepted(kind: ProofKind) -> None:
    other = sample(ProofKind.DISPATCH)
    cited = (Citation(other.proof_id, other.time),) if kind is not ProofKind.DISPATCH else ()
    assert accepted(evidence(kind, cites=cited))
    assert accepted(evidence(kind, language="en", test=True))


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_of_non_delivery_is_accepted(cause: Cause) -> None:
    for observed in Observed:
        failure = Failure(cause, "5.1.1", "550 no such user", observed)
        never_sent = {"presented_at": None, "deadline": None}
        assert accepted(evidence(ProofKind.NON_DELIVERY, failure=failure, **never_sent))


@pytest.mark.parametrize("kind", ProofKind)
def test_a_field_that_is_missing_or_foreign_is_refused(kind: ProofKind) -> None:
    genuine = evidence(kind)
    for name in genuine[0]:
        if name != "EventReasons":
            assert not accepted([{key: value for key, value in genuine[0].items() if key != name}]), name
    assert not accepted([{**genuine[0], "Remark": "something that no page shows"}])
    content = genuine[0]["Extensions"][0]["Content"]
    for name in content:
        held = {key: value for key, value in content.items() if key != name}
        extension = {**genuine[0]["Extensions"][0], "Content": held}
        assert not accepted([{**genuine[0], "Extensions": [extension]}]), name


def test_the_document_names_every_file_field_and_event() -> None:
    for name in (page.EVIDENCE_NAME, page.ENTRY_NAME, page.INCLUSION_NAME, page.POLICY_NAME):
        assert f"| `{name}` |" in DOCUMENT
    fields = {
        *SCHEMA["$defs"]["evidence"]["properties"],
        *SCHEMA["$defs"]["statement"]["properties"],
        "AuthenticationDetails",
    }
    assert [name for name in sorted(fields) if f"`{name}`" not in DOCUMENT] == []
    assert [event.value for event in EventName if f"`{event.value}`" not in DOCUMENT] == []
