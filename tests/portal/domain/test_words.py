"""Times, sums, sizes and statuses, as people read them in both languages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from portal.domain.lifecycle import Status
from portal.domain.words import STATUSES, filters, status_word

AT = datetime(2026, 4, 14, 4, 39, 5, tzinfo=UTC)
UNTIL = datetime(2026, 4, 29, 13, 0, tzinfo=UTC)
NARROW, NO_BREAK = "\u202f", "\u00a0"


def write(language: str) -> dict[str, Callable[..., Any]]:
    return filters(zone="Pacific/Noumea", place="Nouméa", language=lambda: language)


def test_an_instant_shows_its_legal_time_with_offset_and_place_and_utc_beside_it() -> None:
    french = write("fr")
    assert french["legal"](AT) == "14/04/2026 15:39:05 (UTC+11, Nouméa)"
    assert french["utc"](AT) == "04:39:05 UTC"
    assert french["iso"](AT) == "2026-04-14T04:39:05Z"
    assert french["day"](AT) == "14/04/2026"
    assert french["day"](UNTIL) == "30/04/2026"


def test_the_day_in_utc_is_said_where_it_is_another_day() -> None:
    early = datetime(2026, 4, 13, 20, 0, tzinfo=UTC)
    assert write("fr")["legal"](early) == "14/04/2026 07:00:00 (UTC+11, Nouméa)"
    assert "13/04" in write("fr")["utc"](early)


def test_a_deadline_is_the_end_of_the_day_before_and_not_a_midnight() -> None:
    assert write("fr")["until"](UNTIL).startswith("29/04/2026 24:00")
    assert write("fr")["prose_until"](UNTIL) == f"29 avril 2026 inclus (24{NO_BREAK}h)"
    assert write("en")["prose_until"](UNTIL) == "29 April 2026, end of day (24:00)"


def test_a_time_in_a_sentence_is_written_as_it_is_spoken() -> None:
    assert write("fr")["prose"](AT) == f"14 avril 2026 à 15{NO_BREAK}h{NO_BREAK}39"
    assert write("en")["prose"](AT) == "14 April 2026 at 15:39"
    first = datetime(2026, 4, 30, 22, 5, tzinfo=UTC)
    assert write("fr")["prose"](first) == f"1er mai 2026 à 9{NO_BREAK}h{NO_BREAK}05"
    assert write("en")["prose"](first) == "1 May 2026 at 9:05"
    assert write("fr")["prose_until"](AT) == write("fr")["prose"](AT)
    eve = datetime(2026, 5, 1, 13, 0, tzinfo=UTC)
    assert write("fr")["prose_until"](eve) == f"1er mai 2026 inclus (24{NO_BREAK}h)"


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_has_its_name_in_both_languages(month: int) -> None:
    moment = datetime(2026, month, 15, 1, 0, tzinfo=UTC)
    names = {write(language)["prose"](moment).split(" ")[1] for language in ("fr", "en")}
    assert len(names) == 2


def test_sums_and_sizes_follow_the_language() -> None:
    assert write("fr")["money"](400) == f"400{NO_BREAK}XPF"
    assert write("fr")["money"](12400) == f"12{NARROW}400{NO_BREAK}XPF"
    assert write("en")["money"](12400) == f"12,400{NO_BREAK}XPF"
    assert write("fr")["size"](1_234_567) != write("en")["size"](1_234_567)
    assert write("fr")["size"](255_000_000).endswith("Mo")
    assert write("en")["size"](255_000_000).endswith("MB")


def test_a_digest_is_written_in_groups_and_an_address_masked() -> None:
    grouped = write("fr")["groups"]("0123456789abcdef" * 4)
    assert grouped.replace(" ", "") == "0123456789abcdef" * 4
    assert " " in grouped
    assert write("fr")["masked"]("joel@exemple.nc") == "j•••@exemple.nc"


def test_every_status_has_the_guides_word_and_its_english() -> None:
    assert set(STATUSES) == set(Status)
    assert len(STATUSES) == 11
    assert {status_word(status, "fr") for status in Status} & {status_word(status, "en") for status in Status} == set()
    assert status_word(Status.RECEIVED, "fr") == "Reçu et lu"
    assert status_word(Status.UNDELIVERED, "fr") == "Non distribué"
