"""What the operator reads, for whoever wants to know what was written and what was not."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from typing import Any

import pytest

from portal.logs import logger
from tests.stories.actors import Town


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
