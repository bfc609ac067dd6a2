"""Chromium, and real instances for it to visit; without Chromium these tests skip, unless LSE_REQUIRE_TOOLS=1."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.instance import Instance
from tests.browser.people import Watch

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

Visits = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that open a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents and "visits" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        word = f"Chromium is not installed on this machine ({CHROMIUM})"
        if os.environ.get("LSE_REQUIRE_TOOLS") == "1":
            pytest.fail(word)
        pytest.skip(word)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def instances() -> list[Instance]:
    """Every instance that these tests have started, oldest first."""
    return []


@pytest.fixture(scope="package")
def instance(instances: list[Instance], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance that several tests visit, each with letters of its own."""
    yield from served(Instance(tmp_path_factory.mktemp("instance")), instances)


@pytest.fixture
def fresh(instances: list[Instance], tmp_path: Path) -> Iterator[Instance]:
    """An instance as it is at its first start."""
    yield from served(Instance(tmp_path), instances)


def served(instance: Instance, instances: list[Instance]) -> Iterator[Instance]:
    instances.append(instance.start())
    yield instance
    assert instance.stop() == 0


@pytest.fixture
def visits(chromium: Browser) -> Iterator[Visits]:
    """Open a browser's window on an instance: ``visits(instance, width=360, at="203.0.113.9", script=False)``.

    At the end no window may have complained of anything but what the test `forgives` (a status, or words), nor have
    asked anything of another origin than the instance and those `beside` it.
    """
    opened: list[tuple[BrowserContext, Watch]] = []

    def visit(
        instance: Instance,
        *,
        width: int = 1280,
        at: str = "",
        script: bool = True,
        forgives: tuple[int | str, ...] = (),
        beside: tuple[str, ...] = (),
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 800},
            locale="fr-FR",
            java_script_enabled=script,
            extra_http_headers={"X-Forwarded-For": at} if at else {},
        )
        context.set_default_timeout(20_000)
        opened.append((context, Watch(context, (instance.printed.portal, *beside), forgives)))
        return context.new_page()

    yield visit
    for context, _ in opened:
        context.close()
    assert [complaint for _, watch in opened for complaint in watch.complaints] == []
