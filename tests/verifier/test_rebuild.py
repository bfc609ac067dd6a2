"""A proof is written again around its containers, and any other byte than the writer's is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.proofs import Service
from verifier import page
from verifier.rebuild import NotRebuilt, rebuild
from verifier.statement import ProofKind


@pytest.fixture(scope="module")
def service() -> Service:
    return Service()


def drawn(service: Service, kind: ProofKind = ProofKind.RECEIPT) -> bytes:
    statement = service.statement(kind)
    return page.draw(statement, service.attached(statement))


@pytest.fixture(scope="module")
def first(service: Service) -> bytes:
    return drawn(service)


@pytest.fixture(scope="module")
def proof(service: Service) -> bytes:
    return service.proof()


@pytest.mark.parametrize("kind", ProofKind)
def test_every_kind_of_proof_is_written_the_same(service: Service, kind: ProofKind) -> None:
    found = rebuild(service.proof(kind), drawn(service, kind))
    assert found.name.startswith("LSE TEST")
    assert len(found.time_stamps) == 1
    assert len(found.certificates) == 3
    assert len(found.lists) == 1


def test_a_proof_renewed_twice_is_written_the_same(service: Service, proof: bytes, first: bytes) -> None:
    renewed = service.renewed(proof, after=timedelta(days=300))
    renewed = service.renewed(renewed, after=timedelta(days=600))
    found = rebuild(renewed, first)
    assert len(found.time_stamps) == 3
    assert len(found.lists) == 3
    assert found.seal == rebuild(proof, first).seal


def test_a_bit_changed_anywhere_outside_what_varies_is_refused(proof: bytes, first: bytes) -> None:
    """What varies are the containers, the validation data, the instant, the name and the identifiers: others judge those."""
    genuine = rebuild(proof, first)
    refused = 0
    for at in range(0, len(proof), 23):
        changed = bytearray(proof)
        changed[at] ^= 1
        try:
            found = rebuild(bytes(changed), first)
        except NotRebuilt:
            refused += 1
            continue
        varied = found != genuine
        identifier = proof.rfind(b"/ID[<", 0, at) > proof.rfind(b"/Prev", 0, at)
        assert varied or identifier, at
    assert refused > len(proof) // 23 // 2


def test_bytes_added_or_taken_away_are_refused(proof: bytes, first: bytes) -> None:
    end = b"%%EOF\n"
    others = (
        proof + b"\n",
        proof + end,
        proof + b"1 0 obj\nnull\nendobj\n" + end,
        proof[:-1],
        proof[: proof.rindex(end, 0, -len(end)) + len(end)],
        first,
        b"",
        first + proof[len(first) + 1 :],
        first + b"\n" + proof[len(first) :],
        proof.replace(b"/SubFilter/ETSI.CAdES.detached", b"/SubFilter/adbe.pkcs7.detached"),
        proof.replace(b"/P 1/V", b"/P 2/V"),
        proof.replace(b"/F 132", b"/F 130"),
    )
    for other in others:
        with pytest.raises(NotRebuilt):
            rebuild(other, first)


def test_a_gap_of_lower_case_or_with_something_behind_the_container_is_refused(proof: bytes, first: bytes) -> None:
    start = proof.index(b"/Contents <", len(first)) + len(b"/Contents <")
    gap = proof[start : proof.index(b">", start)]
    for other in (gap.lower(), gap[:-2] + b"01", gap[:-1]):
        with pytest.raises(NotRebuilt):
            rebuild(proof.replace(gap, other), first)


def test_the_page_of_another_proof_is_refused(service: Service, proof: bytes) -> None:
    with pytest.raises(NotRebuilt, match="does not begin with the page"):
        rebuild(proof, drawn(service, ProofKind.REFUSAL))
