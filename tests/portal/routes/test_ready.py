"""Anybody may ask whether the instance is ready; finding out costs a write."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.routes import home
from portal.services import health
from tests.stories.actors import Town


def test_a_crowd_that_asks_at_once_makes_one_look(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    check = health.check
    monkeypatch.setattr(health, "check", lambda office: looks.append(office) or check(office))
    browser = town.app.test_client()
    answers = [browser.get("/readyz", base_url=town.base_url).status_code for _ in range(5)]
    assert (answers, len(looks)) == ([200] * 5, 1)


def test_an_answer_older_than_five_seconds_is_found_out_anew(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(home.time, "monotonic", lambda: clock[0])
    browser = town.app.test_client()
    assert browser.get("/readyz", base_url=town.base_url).status_code == 200
    incoming = Path(town.office.settings.home / "vault" / "incoming")
    incoming.rmdir()
    incoming.write_bytes(b"nothing can be created in a file")
    clock[0] += home.READY_SECONDS - 0.1
    assert browser.get("/readyz", base_url=town.base_url).status_code == 200
    clock[0] += 0.1
    assert browser.get("/readyz", base_url=town.base_url).status_code == 503
