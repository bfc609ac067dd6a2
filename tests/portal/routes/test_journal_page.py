"""The auditor's page: every entry once, newest first, nothing personal, and an export that verifies elsewhere."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from portal.services import audit
from portal.services.audit import PAGE
from tests.portal.routes.tour import Tour
from tests.stories.actors import Town
from verifier.audit import recheck
from verifier.report import Verdict

PERSONAL = ("@", "MARTIN", "Joël", "TĀNE", "Hélène", "relevé", "203.0.113", "198.51.100", "LSE2", "/l/")


def test_every_entry_is_on_one_page_newest_first_and_none_says_anything_personal(toured: Tour) -> None:
    for _ in range(PAGE):
        toured.recipient.gets(toured.recipient.link)
    lines, _, _ = audit.view(toured.town.office, below=None)
    seen: list[str] = []
    path, pages = "/journal", 0
    while path:
        answer = toured.auditor.gets(path)
        assert answer.status_code == 200
        page = BeautifulSoup(answer.text, "html.parser")
        table = page.select_one("table")
        assert table is not None
        assert not [word for word in PERSONAL if word in table.get_text()]
        seen += [found.get_text().replace(" ", "") for found in table.select(".digest")]
        older = page.select_one('main a[href*="below="]')
        path, pages = str(older["href"]) if older else "", pages + 1
    assert pages >= 2
    assert seen[:PAGE] == [line.hash for line in lines]
    assert len(seen) == len(set(seen))
    assert len(seen) == _count(toured.town)


def _count(town: Town) -> int:
    count, below = 0, None
    while True:
        lines, below, _ = audit.view(town.office, below=below)
        count += len(lines)
        if below is None:
            return count


def test_the_page_shows_the_signed_head(toured: Tour) -> None:
    toured.town.works()
    head = audit.head(toured.town.office)
    assert head is not None
    page = BeautifulSoup(toured.auditor.gets("/journal").text, "html.parser")
    assert head.root in [found.get_text().replace(" ", "") for found in page.select(".digest")]
    assert head.note in [found.get_text() for found in page.select("pre")]


@pytest.mark.parametrize("below", ["", "x", "-1", "1e3", "٣", " 7", "0x10", "9" * 30, "1\x01", "1;DROP TABLE journal"])
def test_a_place_that_is_no_number_is_the_newest_page(toured: Tour, below: str) -> None:
    first = [line.hash for line in audit.view(toured.town.office, below=None)[0]]
    answer = toured.auditor.gets("/journal", query_string={"below": below})
    assert answer.status_code == 200
    assert re.sub(r"\s", "", answer.text).count("<tr>") == min(len(first), PAGE) + 1


def test_below_the_oldest_entry_there_is_nothing(toured: Tour) -> None:
    assert "Le journal est vide." in toured.auditor.gets("/journal", query_string={"below": "1"}).text


def test_the_export_verifies_offline_and_leaves_nothing_behind(
    toured: Tour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(work))
    answer = toured.auditor.gets("/journal/export.zip")
    assert answer.status_code == 200
    assert list(work.iterdir()) == []
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        archive.extractall(tmp_path)
        whole = b"".join(archive.read(name) for name in archive.namelist())
    report = recheck(tmp_path / "journal")
    assert report.verdict is Verdict.VALID
    assert not [word for word in PERSONAL if word != "@" and word.encode() in whole]


def test_a_journal_in_which_nothing_stands_has_a_page_and_no_export(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(work))
    auditor = town.auditor()
    assert "Le journal est vide." in auditor.gets("/journal").text
    assert auditor.gets("/journal/export.zip").status_code == 404
    assert list(work.iterdir()) == []
