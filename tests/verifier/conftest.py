"""One made-up service and one of its proofs, made once for all the verifier's tests."""

from __future__ import annotations

import pytest

from tests.proofs import Service


@pytest.fixture(scope="session")
def service() -> Service:
    return Service()


@pytest.fixture(scope="session")
def proof(service: Service) -> bytes:
    return service.proof()
