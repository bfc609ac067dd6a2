"""A town, for whoever wants to see the portal from its streets."""

from __future__ import annotations

from typing import Any

import pytest

from portal.office import Office
from tests.stories.actors import Town


@pytest.fixture
def town(office: Office, log: Any) -> Town:
    return Town(office, log)
