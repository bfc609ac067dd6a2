"""What the operator reads, for whoever wants to know what was written and what was not."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from portal.logs import logger
from tests.conftest import Clock, opening_offices
from tests.portal.routes.tour import Tour, tour
from tests.stories.actors import Town

BASES = {"http": "http://127.0.0.1:8000", "https": "https://lse.example"}


@dataclass
class OperatorLog:
    """Every line that a real instance would write, of its doors and of its worker."""

    out: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        with redirect_stderr(self.out):
            self.logger = logger(test=False)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]

    def of(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == event]


@pytest.fixture
def operator_log(town: Town) -> OperatorLog:
    log = OperatorLog()
    town.log = town.app.extensions["log"] = log.logger
    return log


@pytest.fixture(scope="session")
def tours(made_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Tour]]:
    """Towns by the scheme of their address, in which every door was opened once; rates are counted elsewhere."""
    with opening_offices(made_home, tmp_path_factory.mktemp("toured"), Clock()) as opens:

        @cache
        def toured(scheme: str) -> Tour:
            office = opens(LSE_BASE_URL=BASES[scheme], LSE_REBIND="mailbox", LSE_LIMITS="no")
            return tour(Town(office, logger(test=True)))

        yield toured


@pytest.fixture(scope="session")
def toured(tours: Callable[[str], Tour]) -> Tour:
    """A town on HTTPS."""
    return tours("https")


@pytest.fixture(scope="session", params=sorted(BASES))
def toured_on_either(request: pytest.FixtureRequest, tours: Callable[[str], Tour]) -> Tour:
    """A town on HTTP, then on HTTPS."""
    return tours(request.param)
