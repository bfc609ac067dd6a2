"""The payment gateway: a hosted form (EPayNC, a white label of Lyra; protocol "V2") and its signed notices.

Signature: the values of all `vads_` fields, sorted by name and joined with ``+``, then ``+`` and the key; base64 of
HMAC-SHA-256 under the key. The hexadecimal SHA-1 of the same string, which the vendor deprecates, is never accepted.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from portal.domain.errors import NoticeRejected
from portal.domain.lifecycle import Act

XPF = "953"
"""ISO 4217 number of the CFP franc, which has no decimals: 400 XPF is ``400``."""

ACTS: dict[str, Act | None] = {
    "INITIAL": None,
    "WAITING_AUTHORISATION": None,
    "WAITING_AUTHORISATION_TO_VALIDATE": None,
    "UNDER_VERIFICATION": None,
    "AUTHORISED_TO_VALIDATE": None,
    "AUTHORISED": Act.SETTLE,
    "CAPTURED": Act.SETTLE,
    "REFUSED": Act.DECLINE,
    "NOT_CREATED": Act.DECLINE,
    "CAPTURE_FAILED": Act.DECLINE,
    "ABANDONED": Act.CANCEL,
    "CANCELLED": Act.CANCEL,
    "EXPIRED": Act.CANCEL,
}
"""What a transaction status means for a letter; None: nothing yet. A status that is not here is never "ok"."""

SETTLING = frozenset(status for status, act in ACTS.items() if act is Act.SETTLE)
BY_HAND = frozenset({"AUTHORISED_TO_VALIDATE", "WAITING_AUTHORISATION_TO_VALIDATE"})
"""Statuses that stay as they are until somebody of the operator's validates the payment at the bank."""


@dataclass(frozen=True)
class Notice:
    """An authentic notice of the bank."""

    trans_uuid: str
    trans_status: str
    trans_id: str
    trans_day: str
    """``YYYYMMDD``, UTC."""
    reference: str
    amount: int

    @property
    def act(self) -> Act | None:
        return ACTS.get(self.trans_status)

    @property
    def known(self) -> bool:
        """Whether the status is one we understand."""
        return self.trans_status in ACTS


@dataclass(frozen=True)
class Gateway:
    """Our shop at the bank. Its text form does not show the key."""

    site_id: str
    key: str
    test: bool
    form_url: str
    notice_url: str
    return_url: str

    def __repr__(self) -> str:
        return f"Gateway(site_id={self.site_id!r}, test={self.test})"

    @property
    def mode(self) -> str:
        return "TEST" if self.test else "PRODUCTION"

    def order(self, *, reference: str, trans_id: str, amount: int, email: str, now: datetime) -> dict[str, str]:
        """Return the fields of the form that takes a sender to the bank, signed; `amount` in XPF."""
        fields = {
            "vads_action_mode": "INTERACTIVE",
            "vads_amount": str(amount),
            "vads_ctx_mode": self.mode,
            "vads_currency": XPF,
            "vads_cust_email": email,
            "vads_order_id": reference,
            "vads_page_action": "PAYMENT",
            "vads_payment_config": "SINGLE",
            "vads_site_id": self.site_id,
            "vads_trans_date": now.astimezone(UTC).strftime("%Y%m%d%H%M%S"),
            "vads_trans_id": trans_id,
            "vads_url_check": self.notice_url,
            "vads_url_return": self.return_url,
            "vads_version": "V2",
        }
        return {**fields, "signature": sign(fields, self.key)}

    def read_notice(self, form: Mapping[str, str]) -> Notice:
        """Return what an authentic notice says; raise `NoticeRejected` with the reason, for the log.

        The signature is checked over the fields received, then the mode, so that a TEST notice never frees a real letter,
        then the shop, the currency and the operation.
        """
        if not is_signed(form, self.key):
            raise NoticeRejected("signature")
        fixed = {
            "vads_ctx_mode": self.mode,
            "vads_site_id": self.site_id,
            "vads_currency": XPF,
            "vads_operation_type": "DEBIT",
        }
        for name, value in fixed.items():
            if form.get(name) != value:
                raise NoticeRejected(f"{name}: got {form.get(name)!r}, expected {value!r}")
        amount, date = form.get("vads_amount", ""), form.get("vads_trans_date", "")
        if not (amount.isascii() and amount.isdigit() and len(amount) < 12 and date.isascii() and date.isdigit()):
            raise NoticeRejected("vads_amount, vads_trans_date: expected digits")
        return Notice(
            trans_uuid=form.get("vads_trans_uuid", ""),
            trans_status=form.get("vads_trans_status", ""),
            trans_id=form.get("vads_trans_id", ""),
            trans_day=date[:8],
            reference=form.get("vads_order_id", ""),
            amount=int(amount),
        )


def sign(fields: Mapping[str, str], key: str) -> str:
    """Return the signature over the `vads_` fields, empty ones too."""
    values = [fields[name] for name in sorted(fields) if name.startswith("vads_")]
    text = "+".join([*values, key])
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def is_signed(form: Mapping[str, str], key: str) -> bool:
    """Whether a form carries the signature over its own `vads_` fields."""
    return hmac.compare_digest(sign(form, key).encode(), form.get("signature", "").encode())
