"""A notification that fails by our fault blames nobody, and leaves again once the cause is mended."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from portal.adapters.mail import Answer, Declined, Mail
from portal.domain.errors import StepImpossible
from portal.office import Office
from portal.services import followup
from tests.stories.actors import Recipient, Town


class Misconfigured:
    """A mail server that finds our domain's DMARC wanting, as in the guide's sample."""

    def hand_over(self, mail: Mail, *, now: datetime) -> Answer:
        return Declined("mx.example", "5.7.509", "550 5.7.509 DMARC verification failed", at_recipient=True)


def test_our_own_fault_makes_no_proof_and_the_letter_leaves_after_mending(office: Office, log: Any) -> None:
    before = Town(replace(office, mailer=Misconfigured()), log)
    sender = before.sender()
    reference = sender.deposits()
    before.works()
    assert "Erreur technique" in sender.sees(reference)
    assert sender.downloads_proofs(reference) == {}
    assert [letter.reference for letter in followup.failed(office)] == [reference]

    after = Town(office, log)
    followup.mend(office, reference)
    with pytest.raises(StepImpossible):
        followup.mend(office, reference)
    after.works()
    assert followup.failed(office) == []
    assert Recipient(after).opens_the_mail().and_consults().status_code == 303
    after.works()
    assert sorted(sender.downloads_proofs(reference)) == ["AR", "EV"]
