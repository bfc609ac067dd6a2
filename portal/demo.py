"""What a test instance is filled with at its first start: a sender, an auditor, and a letter in the mailbox."""

from __future__ import annotations

from typing import Any

from portal import worker
from portal.adapters.gateway import sign
from portal.db import letters, people
from portal.domain.letter import StoredPiece
from portal.office import Office
from portal.security.uploads import safe_name
from portal.services import accounts, deposit, payment
from portal.services.deposit import Words
from verifier.manifest import Piece
from verifier.statement import Party

SENDER = "expediteur@exemple.nc"
AUDITOR = "auditeur@exemple.nc"
RECIPIENT = "destinataire@exemple.nc"
PASSWORD = "lettre-suivie-test"  # noqa: S105 - printed on the page of every test instance, and made on those only
ACCOUNTS = (("Expéditeur", SENDER, PASSWORD), ("Auditeur", AUDITOR, PASSWORD))

MESSAGE = """Bonjour,

Vous trouverez ci-joint le relevé que vous avez demandé au guichet.

Si un montant vous paraît inexact, répondez-nous avant la fin du mois : nous le vérifierons avec vous.

Bien à vous,
Hélène Tāneʻarii
"""
ATTACHMENT = "Relevé de démonstration\n=======================\n\nAvril : 12 400 XPF\nMai : 9 850 XPF\n"


def fill(office: Office, log: Any) -> None:
    """Make the accounts and, once, a letter that waits for its recipient."""
    address = "12 rue des Bougainvillées\n98800 Nouméa"
    for email, first, last, role in (
        (SENDER, "Hélène", "TĀNEʻARII", "sender"),
        (AUDITOR, "Marc", "WÉA", "auditor"),
    ):
        accounts.register(
            office, email=email, first_name=first, last_name=last, role=role, password=PASSWORD, address=address
        )
    with office.db.read() as conn:
        sender = people.by_email(conn, SENDER)
        if sender is None or letters.of_sender(conn, sender.id, letters.Search(), limit=1):
            return
    stored = office.vault.put(ATTACHMENT.encode())
    piece = StoredPiece(
        Piece(safe_name("relevé.txt"), stored.size, "text/plain", stored.sha256), stored.object_id, stored.key
    )
    words = Words(Party("Joël\u00a0MARTIN", RECIPIENT), "Votre relevé", "DEMO-1", MESSAGE)
    draft = deposit.save_draft(office, sender, words, draft_id=None, kept=[], added=[piece])
    letter = deposit.deposit(office, sender, draft)
    payment.begin(office, sender_id=sender.id, reference=letter.reference)
    _, order = payment.order_form(office, sender_id=sender.id, reference=letter.reference)
    payment.hear(office, paid(office, order))
    while worker.work_once(office, log):
        pass


def paid(office: Office, order: dict[str, str]) -> dict[str, str]:
    """Return the notice by which the simulated bank says that an order is paid."""
    told = {name: value for name, value in order.items() if name.startswith("vads_")}
    told |= {
        "vads_trans_status": "AUTHORISED",
        "vads_trans_uuid": f"demo-{order['vads_trans_id']}",
        "vads_operation_type": "DEBIT",
    }
    return {**told, "signature": sign(told, office.gateway.key)}
