"""Whose fault a refused mail is: the table from status codes (RFC 3463) to what follows.

A code that names the sender's or the operator's fault never becomes a proof that blames the recipient.
"""

from __future__ import annotations

from verifier.statement import Cause

OURS = (
    "5.1.7", "5.1.8", "5.2.3", "5.3.4", "5.5.", "5.6.", "5.7.",
    "500", "502", "503", "504", "530", "534", "535", "538", "555",
)  # fmt: skip
"""The sender's own address, size, protocol, content, policy and authentication: the notification is ours to send well.

The replies of three digits are those of RFC 5321 §4.2.3 and RFC 4954 §6 that speak of the dialogue and not of the recipient.
"""

CAUSES: tuple[tuple[str, Cause], ...] = (
    ("5.1.2", Cause.NO_SUCH_DOMAIN),
    ("5.1.10", Cause.NO_SUCH_DOMAIN),
    ("5.4.4", Cause.NO_SUCH_DOMAIN),
    ("521", Cause.NO_SUCH_DOMAIN),  # RFC 7504
    ("556", Cause.NO_SUCH_DOMAIN),
    ("5.1.", Cause.NO_SUCH_MAILBOX),
    ("501", Cause.NO_SUCH_MAILBOX),
    ("550", Cause.NO_SUCH_MAILBOX),
    ("551", Cause.NO_SUCH_MAILBOX),
    ("553", Cause.NO_SUCH_MAILBOX),
    ("5.2.1", Cause.MAILBOX_DISABLED),
    ("5.2.2", Cause.MAILBOX_FULL),
    ("552", Cause.MAILBOX_FULL),
)
"""Longest match first; any other permanent refusal says only that the recipient's server did not take the notification."""


RELAYED = ("5.1.", "5.2.1", "5.2.2", "5.4.4")
"""What our own relay can say of the recipient; anything else it refuses may be its quarrel with us (550 relay denied)."""


def cause(code: str, *, direct: bool) -> Cause | None:
    """Return why the recipient's address cannot be reached, from a permanent refusal of it; None where the fault is ours.

    `code` is an enhanced status code (RFC 3463), or the three digits of a reply that has none; `direct` says that the
    recipient's own server spoke, and not our relay.
    """
    if not direct and not any(code == said or (said.endswith(".") and code.startswith(said)) for said in RELAYED):
        return None
    if any(code == ours or (ours.endswith(".") and code.startswith(ours)) for ours in OURS):
        return None
    for prefix, found in CAUSES:
        if code == prefix or (prefix.endswith(".") and code.startswith(prefix)):
            return found
    return Cause.HOST_FAILURE
