"""The journal: exact entries, the tree of RFC 6962, and where an entry stands."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verifier.journal import (
    Entry,
    EntryMalformed,
    Frontier,
    InclusionFailed,
    InclusionProof,
    NodeReader,
    commit,
    consistency,
    consistent,
    format_time,
    inclusion,
    leaf_hash,
    node_hash,
    parse_time,
    policy_keys,
    policy_text,
    root,
    root_from_inclusion,
)
from verifier.note import NoteRejected, VerifierKey

VECTORS = Path(__file__).parents[1] / "vectors"
LOG: dict[str, Any] = json.loads((VECTORS / "log/three-entries.json").read_text())
KEY = VerifierKey.parse(LOG["verifier_key"])
SIZE = 70
ENTRY = Entry(
    event="http://uri.etsi.org/19522/Event/ConsignmentAcceptance",
    time=datetime(2026, 4, 14, 4, 39, 5, tzinfo=UTC),
    letter_commitment="ab" * 32,
    status="received",
)


def tree(leaves: Sequence[bytes]) -> NodeReader:
    """Return the perfect nodes over `leaves`."""

    @cache
    def node(level: int, index: int) -> bytes:
        assert (index + 1) << level <= len(leaves), "a node that is not perfect was asked for"
        if level == 0:
            return leaves[index]
        return node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

    return node


def rfc_root(leaves: Sequence[bytes]) -> bytes:
    """Return the tree head by the recursive definition of RFC 6962 §2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(rfc_root(leaves[:split]), rfc_root(leaves[split:]))


LEAVES = [leaf_hash(str(number).encode()) for number in range(SIZE)]
NODE = tree(LEAVES)
ROOTS = [root(size, NODE) for size in range(SIZE + 1)]


def test_the_published_vector_is_met() -> None:
    assert leaf_hash(b"").hex() == LOG["leaf_of_empty"]
    node = tree([leaf_hash(entry.encode()) for entry in LOG["entries"]])
    for size, expected in LOG["roots"].items():
        assert base64.b64encode(root(int(size), node)).decode() == expected
    for written, path in (
        (LOG["inclusion"]["path"], inclusion(LOG["inclusion"]["index"], LOG["inclusion"]["size"], node)),
        (LOG["consistency"]["path"], consistency(LOG["consistency"]["old"], LOG["consistency"]["new"], node)),
    ):
        assert [base64.b64encode(sibling).decode() for sibling in path] == written


def test_the_root_is_that_of_the_recursive_definition() -> None:
    assert [rfc_root(LEAVES[:size]) for size in range(SIZE + 1)] == ROOTS


def test_every_leaf_of_every_tree_up_to_seventy_is_included_and_in_no_other_place() -> None:
    for size in range(1, SIZE + 1):
        for index in range(size):
            path = inclusion(index, size, NODE)
            assert root_from_inclusion(LEAVES[index], index, size, path) == ROOTS[size]
            assert root_from_inclusion(LEAVES[index - 1], index, size, path) != ROOTS[size] or size == 1
            with pytest.raises(InclusionFailed):
                root_from_inclusion(LEAVES[index], index, size, [*path, LEAVES[0]])
            if path:
                with pytest.raises(InclusionFailed):
                    root_from_inclusion(LEAVES[index], index, size, path[:-1])


def test_every_pair_of_trees_up_to_seventy_is_consistent_and_with_no_other_root() -> None:
    for new in range(1, SIZE + 1):
        for old in range(1, new + 1):
            path = consistency(old, new, NODE)
            assert consistent(old, ROOTS[old], new, ROOTS[new], path)
            assert not consistent(old, ROOTS[old - 1], new, ROOTS[new], path)
            assert not consistent(old, ROOTS[old], new, ROOTS[new - 1], path)
            assert not consistent(old, ROOTS[old], new, ROOTS[new], [*path, LEAVES[0]])
            if path:
                assert not consistent(old, ROOTS[old], new, ROOTS[new], path[:-1])


@settings(max_examples=60)
@given(st.data())
def test_larger_trees_obey_the_same_laws(data: st.DataObject) -> None:
    new = data.draw(st.integers(71, 3000))
    old, index = data.draw(st.integers(1, new)), data.draw(st.integers(0, new - 1))
    leaves = [number.to_bytes(32, "big") for number in range(new)]
    node = tree(leaves)
    head = root(new, node)
    assert root_from_inclusion(leaves[index], index, new, inclusion(index, new, node)) == head
    path = consistency(old, new, node)
    assert consistent(old, root(old, node), new, head, path)
    if path:
        spoilt = [*path]
        spoilt[data.draw(st.integers(0, len(path) - 1))] = secrets.token_bytes(32)
        assert not consistent(old, root(old, node), new, head, spoilt)


@pytest.mark.parametrize(("old", "new"), [(0, 5), (6, 5), (-1, 5), (0, 0)])
def test_no_consistency_is_made_of_sizes_that_cannot_be(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="expected 0 < old <= new"):
        consistency(old, new, NODE)


@pytest.mark.parametrize(("index", "size"), [(5, 5), (-1, 5), (0, 0)])
def test_no_inclusion_is_made_or_believed_beyond_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="expected one below the size"):
        inclusion(index, size, NODE)
    with pytest.raises(InclusionFailed):
        root_from_inclusion(LEAVES[0], index, size, [])


@given(st.integers(0, 200), st.integers(0, 100))
def test_a_frontier_taken_up_at_any_size_completes_exactly_the_perfect_nodes(start: int, more: int) -> None:
    leaves = [number.to_bytes(32, "big") for number in range(start + more)]
    node = tree(leaves)
    frontier = Frontier(start, node)
    made = [one for leaf in leaves[start:] for one in frontier.append(leaf)]
    assert frontier.size == start + more
    assert all(node(level, index) == value for level, index, value in made)
    places = {(level, index) for level in range(9) for index in range((start + more) >> level)}
    before = {(level, index) for level in range(9) for index in range(start >> level)}
    assert {(level, index) for level, index, _ in made} == places - before
    assert len(made) == len(places - before)


@pytest.mark.parametrize("path", sorted((VECTORS / "tlog-proof").glob("good*")), ids=lambda path: path.stem)
def test_an_inclusion_proof_opens_for_its_entry_alone(path: Path) -> None:
    proof = InclusionProof.parse(path.read_text())
    assert proof.open(b"b", [KEY]).size == 3
    assert InclusionProof.parse(str(proof)) == proof
    with pytest.raises(InclusionFailed, match="not in the log"):
        proof.open(b"a", [KEY])


@pytest.mark.parametrize("path", sorted((VECTORS / "tlog-proof").glob("bad*")), ids=lambda path: path.stem)
def test_any_other_inclusion_proof_fails(path: Path) -> None:
    with pytest.raises((InclusionFailed, NoteRejected)):
        InclusionProof.parse(path.read_text()).open(b"b", [KEY])


def test_a_policy_names_the_keys_of_the_log() -> None:
    text = policy_text(KEY) + f"# a comment\nwitness w {KEY}\ngroup g all w\nlog {KEY} https://lse.example/log # ours\n"
    assert policy_keys(text) == [KEY, KEY]
    with pytest.raises(EntryMalformed, match="unknown line"):
        policy_keys("trust everybody\n")


@given(
    st.builds(
        Entry,
        event=st.text(),
        time=st.integers(0, 7_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
        letter_commitment=st.none() | st.text("0123456789abcdef", min_size=64, max_size=64),
        actor_commitment=st.none() | st.text(),
        prev_status=st.none() | st.text(),
        status=st.none() | st.text(),
        evidence_sha256=st.none() | st.text(),
    )
)
def test_every_entry_survives_being_written(entry: Entry) -> None:
    assert Entry.from_json(entry.to_json()) == entry


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        ENTRY.to_json() + b" ",
        ENTRY.to_json().replace(b'"v":1', b'"v":2'),
        ENTRY.to_json().replace(b'"v":1', b'"v":1.0'),
        ENTRY.to_json().replace(b'"v":1', b'"extra":0,"v":1'),
        ENTRY.to_json().replace(b',"v":1', b""),
        ENTRY.to_json().replace(b'"status":"received",', b""),
        ENTRY.to_json().replace(b"04:39:05Z", b"04:39:05+00:00"),
        ENTRY.to_json().replace(b"04:39:05Z", b"04:39:05.0Z"),
        ENTRY.to_json().replace(b'"status":', b'"status":"sent","status":'),
    ],
)
def test_bytes_that_are_not_exactly_an_entry_are_refused(raw: bytes) -> None:
    with pytest.raises(EntryMalformed):
        Entry.from_json(raw)


def test_a_commitment_hides_its_text_and_binds_purpose_and_salt() -> None:
    salt = bytes(range(32))
    made = commit(salt, "letter", "1-abc")
    assert made == commit(salt, "letter", "1-abc")
    others = [commit(bytes(32), "letter", "1-abc"), commit(salt, "actor", "1-abc"), commit(salt, "letter", "1-abd")]
    assert made not in others
    assert len(set(others)) == 3
    assert len(made) == 64


def test_an_instant_is_written_in_utc_with_whole_seconds() -> None:
    there = datetime(2026, 4, 14, 15, 39, 5, 999_999, tzinfo=timezone(timedelta(hours=11)))
    assert format_time(there) == "2026-04-14T04:39:05Z"
    assert parse_time("2026-04-14T04:39:05Z") == there.replace(microsecond=0)
    for text in ("2026-04-14T04:39:05", "2026-04-14 04:39:05Z", "2026-04-14T04:39Z", "2026-02-29T00:00:00Z"):
        with pytest.raises(ValueError):
            parse_time(text)


def test_an_entry_changed_in_any_field_has_another_hash() -> None:
    changed = [
        replace(ENTRY, event="x"),
        replace(ENTRY, time=ENTRY.time + timedelta(seconds=1)),
        replace(ENTRY, letter_commitment=None),
        replace(ENTRY, actor_commitment="x"),
        replace(ENTRY, prev_status="sent"),
        replace(ENTRY, status=None),
        replace(ENTRY, evidence_sha256="x"),
    ]
    assert len({leaf_hash(entry.to_json()) for entry in [ENTRY, *changed]}) == 8
