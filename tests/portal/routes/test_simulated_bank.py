"""The simulated bank takes the forms that the portal signed, and no others."""

from __future__ import annotations

import pytest

from tests.portal.routes.tour import Tour


@pytest.mark.parametrize("signature", ["", "é", "AAAA", "😀"])
@pytest.mark.parametrize("door", ["/dev/banque", "/dev/banque/payer"])
def test_a_form_that_we_did_not_sign_is_refused(toured: Tour, door: str, signature: str) -> None:
    forged = {**toured.order(toured.unpaid), "signature": signature, "outcome": "pay"}
    browser = toured.town.app.test_client()
    assert browser.post(door, base_url=toured.town.base_url, data=forged).status_code == 400


@pytest.mark.parametrize("change", [{"vads_amount": "1"}, {"vads_order_id": "LSE260414-000001"}, {"vads_more": "x"}])
def test_a_form_that_was_changed_on_the_way_is_refused(toured: Tour, change: dict[str, str]) -> None:
    browser = toured.town.app.test_client()
    assert (
        browser.post("/dev/banque", base_url=toured.town.base_url, data=toured.order(toured.unpaid)).status_code == 200
    )
    changed = {**toured.order(toured.unpaid), **change}
    assert browser.post("/dev/banque", base_url=toured.town.base_url, data=changed).status_code == 400


def test_a_choice_that_the_bank_does_not_offer_is_refused(toured: Tour) -> None:
    browser = toured.town.app.test_client()
    form = {**toured.order(toured.unpaid), "outcome": "free"}
    assert browser.post("/dev/banque/payer", base_url=toured.town.base_url, data=form).status_code == 400
