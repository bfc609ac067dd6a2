"""Tools of the operating system that judge what this project makes; absent ones skip, unless LSE_REQUIRE_TOOLS=1."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test beside this file as one that needs a tool of the operating system."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.interop)


@pytest.fixture(scope="session")
def tool() -> Callable[[str], Run]:
    """Return how to get a command by name: it skips, or fails where tools are required, if the command is missing."""

    def find(command: str) -> Run:
        path = shutil.which(command)
        if path is None:
            word = f"{command} is not installed on this machine"
            if os.environ.get("LSE_REQUIRE_TOOLS") == "1":
                pytest.fail(word)
            pytest.skip(word)

        def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [path, *map(str, arguments)],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
                env={"LC_ALL": "C.UTF-8"},
            )

        return run

    return find
