"""What a proof carries, read by pattern: the same as by the parser, or nothing."""

from __future__ import annotations

import pytest

from tests.proofs import Service
from verifier import glance, structure
from verifier.embedded import embedded_files
from verifier.statement import ProofKind


@pytest.fixture(scope="module")
def service() -> Service:
    return Service()


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", ProofKind)
def test_the_same_files_are_read_as_by_the_parser(service: Service, kind: ProofKind, language: str) -> None:
    proof = service.proof(kind, language=language)
    assert glance.files(glance.first_revision(proof)) == embedded_files(structure.open_pdf(proof))


def test_a_file_that_carries_something_else_is_not_read(service: Service) -> None:
    first = glance.first_revision(service.proof())
    others = (
        b"",
        b"%PDF-1.7\n",
        first.replace(b"/Type/Filespec", b"/Type/Filespek"),
        first.replace(b"/Type/EmbeddedFile", b"/Type/EmbeddedFilo"),
        first + first,
    )
    for other in others:
        with pytest.raises(glance.NotRead):
            glance.files(other)
    with pytest.raises(glance.NotRead):
        glance.first_revision(b"no end")
