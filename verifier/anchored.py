"""Judge a file on named stores and trusted lists: say which store the anchor came from, and what a list says of a signer.

This is `verifier.check` with what a command line adds to it, and runs in the confined child.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import Encoding

from verifier import trust
from verifier.beside import Beside
from verifier.check import check
from verifier.journal import parse_time
from verifier.report import Check, Outcome, Report

if TYPE_CHECKING:
    from verifier.qualified import Lists

_ASIDE = (
    "Des certificats donnés comme autorités ont été laissés de côté.",
    "Certificates given as authorities were left aside.",
)


def judged(raw: bytes, asked: dict[str, Any], beside: Beside) -> Report:
    """Return the report that a request asks for; raise `StoreRefused` where a store cannot be used."""
    now = parse_time(asked["now"])
    anchors, aside = trust.open_stores(beside.stores, now=now, expired=beside.expired)
    lists = _lists(beside, raw)
    if lists is not None and beside.list_anchors:
        anchors += lists.anchors()
    report = _on_granted(raw, asked, beside, anchors, lists)
    if aside:
        report = replace(report, checks=(*report.checks, Check("anchors", Outcome.SKIPPED, *_ASIDE, "; ".join(aside))))
    report = named(report, {one.sha256: one.store for one in reversed(anchors)})
    return report if lists is None else lists.assessed(report)


def _lists(beside: Beside, raw: bytes) -> Lists | None:
    if not beside.lists:
        return None
    from verifier.qualified import Lists

    return Lists(beside.lists, raw)


def _on_granted(
    raw: bytes, asked: dict[str, Any], beside: Beside, anchors: list[trust.Anchor], lists: Lists | None
) -> Report:
    """Judge on the anchors given, without those of a trusted list that was not in force at the time that was proved."""
    given = [base64.b64decode(one) for one in asked["anchors"]]
    extra: dict[str, Any] = {"revocation_data": beside.revocation} if beside.revocation else {}
    own = {one.sha256 for one in anchors if not one.listed}
    while True:
        ders = [one.certificate.public_bytes(Encoding.DER) for one in anchors]
        report = check(
            raw,
            anchors=[*given, *ders],
            now=parse_time(asked["now"]),
            name=asked["name"],
            policy=asked["policy"],
            **extra,
        )
        refused = set() if lists is None else lists.refused(report) - own
        kept = [one for one in anchors if one.sha256 not in refused]
        if len(kept) == len(anchors):
            return report
        anchors = kept


def named(report: Report, stores: dict[str, str]) -> Report:
    """Return the report with the name of its store beside each anchor that a passed check names by its SHA-256."""

    def told(one: Check) -> Check:
        if one.outcome is not Outcome.PASSED:
            return one
        found = next((name for sha256, name in stores.items() if sha256 in one.detail), None)
        return one if found is None else replace(one, detail=f"{one.detail} ({found})")

    if not stores:
        return report
    signatures = tuple(replace(one, checks=tuple(told(each) for each in one.checks)) for one in report.signatures)
    return replace(report, checks=tuple(told(one) for one in report.checks), signatures=signatures)
