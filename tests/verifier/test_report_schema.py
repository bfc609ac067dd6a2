"""The published schema of a report: every report keeps to it, and it names all that a report holds."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests import attacks
from tests.attacks import vectors
from tests.proofs import ACT, Service
from tests.verifier.test_report import BARE, REPORT
from verifier import sandbox
from verifier.check import check
from verifier.identity import identified
from verifier.report import Change, Report, SignatureIdentity

jsonschema = pytest.importorskip("jsonschema")
SCHEMA = json.loads(Path(sandbox.__file__).with_name("report.schema.json").read_text("utf-8"))
SHA256 = "ab" * 32
CHANGE = Change("form-value", "content", True, "field total", "100", "900", 1, "total", "Un champ.", "A field.")
IDENTITY = SignatureIdentity(b"\1\2", SHA256, SHA256, None)


def faults(report: dict[str, Any]) -> list[str]:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    return [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(report)]


def full() -> Report:
    """A report in which no member is empty."""
    seal = replace(
        REPORT.signatures[0],
        declared_time=REPORT.checked_at,
        stamped_by=REPORT.signatures[0].signer,
        whole_file=True,
        chain=(REPORT.signatures[0].signer,),  # type: ignore[arg-type]
        found=(CHANGE,),
        permitted=True,
        identity=IDENTITY,
    )
    return replace(REPORT, signatures=(seal,))


def test_the_schema_is_one_and_bears_a_name_that_stays() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"] == "tag:lse.example,2026:report/1"


@pytest.mark.parametrize("report", [REPORT, BARE, full()])
def test_a_report_keeps_to_the_schema(report: Report) -> None:
    assert faults(json.loads(json.dumps(report.to_dict()))) == []


def test_every_report_on_a_genuine_or_attacked_proof_keeps_to_the_schema(proof: bytes, service: Service) -> None:
    verdicts = set()
    for name, raw in [("genuine", proof), *attacks.of(service, proof)]:
        report = identified(raw, check(raw, anchors=[service.anchor], now=ACT, name=name)).to_dict()
        assert faults(report) == [], name
        verdicts.add(report["verdict"])
    refused = sandbox.unreadable(b"x", now=ACT, name="x", code="not-a-pdf", detail="").to_dict()
    assert faults(refused) == []
    assert {*verdicts, refused["verdict"]} == {"VALID", "INVALID", "INDETERMINATE", "unreadable"}


@pytest.mark.parametrize("family", [*vectors.ATTACKS, *vectors.CONTROLS])
def test_reports_on_other_signed_files_keep_to_the_schema(family: str) -> None:
    for vector in islice(vectors.of(family), 4):
        report = check(vector.raw, anchors=[vector.anchor], now=vector.now, name=vector.name)
        assert faults(identified(vector.raw, report).to_dict()) == [], vector.name


def test_the_schema_describes_every_member_of_a_report() -> None:
    def undescribed(value: Any, rule: dict[str, Any], path: str) -> list[str]:
        rule = _followed(rule)
        if isinstance(value, dict):
            known = rule.get("properties", {})
            lost = [f"{path}.{name}" for name in value if name not in known]
            return lost + [
                one
                for name in known
                if name in value
                for one in undescribed(value[name], known[name], f"{path}.{name}")
            ]
        if isinstance(value, list):
            return [one for item in value for one in undescribed(item, rule["items"], f"{path}[]")]
        return []

    assert undescribed(full().to_dict(), SCHEMA, "$") == []


def _followed(rule: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in rule:
        return _followed(SCHEMA["$defs"][rule["$ref"].rpartition("/")[2]])
    return _followed(rule["anyOf"][0]) if "anyOf" in rule else rule


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("verdict", "VALIDE"),
        ("verdict", True),
        ("file", {"name": "x", "size": 1, "sha256": "AB" * 32}),
        ("checked_at", "2026-04-14 04:39"),
        ("checks", [{"code": "x", "outcome": "perhaps", "text": {"fr": "", "en": ""}, "detail": ""}]),
    ],
)
def test_what_no_report_says_is_refused(member: str, value: Any) -> None:
    assert faults({**REPORT.to_dict(), member: value}) != []
