"""The sender's list, whatever state a letter is in."""

from __future__ import annotations

import sqlalchemy as sa

from portal.db import tables
from tests.stories.actors import Town


def test_a_damaged_envelope_is_a_line_of_the_list_and_hides_no_other(town: Town) -> None:
    sender = town.sender()
    damaged, whole = sender.deposits(to="joel@exemple.nc"), sender.deposits(to="anne@exemple.nc")
    spoil = tables.letters.update().where(tables.letters.c.reference == damaged).values(sealed=sa.literal(b"x" * 64))
    with town.office.db.write() as conn:
        conn.execute(spoil)
    page = sender.gets("/lettres")
    assert page.status_code == 200
    assert damaged in page.text
    assert whole in page.text
    assert "Données endommagées" in page.text
    assert "anne@exemple.nc" in page.text
