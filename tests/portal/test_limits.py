"""Rates are counted, and go on being counted."""

from __future__ import annotations

import gc
from typing import Any

from portal.office import Office
from tests.stories.actors import Recipient, Town


def test_the_counter_of_rates_outlives_a_collection_of_garbage(office: Office, log: Any) -> None:
    town = Town(office, log)
    town.sender().deposits()
    town.works()
    gc.collect()
    assert Recipient(town).opens_the_mail().and_consults().status_code == 303


def test_an_address_typed_fifty_times_for_one_letter_is_stopped_whoever_types(office: Office, log: Any) -> None:
    town = Town(office, log)
    town.sender().deposits()
    town.works()
    answers = []
    for turn in range(51):
        recipient = Recipient(town, at=f"203.0.113.{turn}").opens_the_mail()
        answers.append(recipient.and_consults(typing="quelqu.un@exemple.nc").status_code)
    assert answers == [422] * 50 + [429]
