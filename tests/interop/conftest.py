"""Tools of the operating system that judge what this project makes; absent ones skip, unless LSE_REQUIRE_TOOLS=1."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.interop.jvm import BUILT, Oracle

Run = Callable[..., subprocess.CompletedProcess[str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test beside this file as one that needs a tool of the operating system."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.interop)


def lack(word: str) -> NoReturn:
    """Skip for want of a tool, or fail where tools are required."""
    if os.environ.get("LSE_REQUIRE_TOOLS") == "1":
        pytest.fail(word)
    pytest.skip(word)


@pytest.fixture(scope="session")
def tool() -> Callable[[str], Run]:
    """Return how to get a command by name: it skips, or fails where tools are required, if the command is missing."""

    def find(command: str) -> Run:
        path = shutil.which(command)
        if path is None:
            lack(f"{command} is not installed on this machine")

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


@pytest.fixture(scope="session")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    """EU DSS and veraPDF, where `make interop` has built them."""
    java = shutil.which("java")
    if java is None:
        lack("java is not installed on this machine")
    if not BUILT.exists():
        lack("EU DSS and veraPDF are not built: `make interop` does it")
    started = Oracle.start(java, tmp_path_factory.mktemp("oracle") / "stderr")
    yield started
    started.stop()
