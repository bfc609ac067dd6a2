"""Whose fault a refused mail is: the table from status codes (RFC 3463) to what follows.

A code that names the sender's or the operator's fault never becomes a proof that blames the recipient.
"""

from __future__ import annotations

from verifier.statement import Cause

OURS = ("5.2.3", "5.3.4", "5.5.", "5.6.", "5.7.")
"""Too large, protocol, content, policy and authentication: the notification holds no content and is ours to send well."""

CAUSES: tuple[tuple[str, Cause], ...] = (
    ("5.1.2", Cause.NO_SUCH_DOMAIN),
    ("5.1.10", Cause.NO_SUCH_DOMAIN),
    ("5.4.4", Cause.NO_SUCH_DOMAIN),
    ("5.1.", Cause.NO_SUCH_MAILBOX),
    ("5.2.1", Cause.MAILBOX_DISABLED),
    ("5.2.2", Cause.MAILBOX_FULL),
    ("5.3.", Cause.HOST_FAILURE),
    ("5.4.", Cause.HOST_FAILURE),
)
"""Longest match first."""


def cause(code: str) -> Cause | None:
    """Return why the recipient's address cannot be reached, from a permanent refusal of it; None where the fault is ours.

    A server that gives no enhanced code has said no more than that it does not know the address.
    """
    if any(code == ours or (ours.endswith(".") and code.startswith(ours)) for ours in OURS):
        return None
    for prefix, found in CAUSES:
        if code == prefix or (prefix.endswith(".") and code.startswith(prefix)):
            return found
    return Cause.NO_SUCH_MAILBOX
