"""Facts that stop a gesture and that the person who made it can read. Breakage is not here: it is any other exception."""

from __future__ import annotations

from verifier.statement import Party


class Denied(Exception):
    """Something the service will not do, for a reason a person can be told."""

    sender: Party | None = None
    """Whom a recipient can turn to, where the link was genuine."""


class LinkForged(Denied):
    """The link is not one of ours, or no longer: forged, unknown, revoked and purged look the same."""


class LinkExpired(Denied):
    """The link is ours and its time is over."""


class LetterNotReady(Denied):
    """The mail with the link has arrived before its acceptance was written down: in a moment the link leads there."""


class LetterSettled(Denied):
    """The letter has already been consulted, refused or left uncollected."""


class OtherDevice(Denied):
    """The letter is bound to another network address."""


class AddressMismatch(Denied):
    """The typed address is not the one to which the letter was sent."""


class CodeWrong(Denied):
    """The one-time code is wrong, used or too old."""


class NotRecipient(Denied):
    """This browser holds no open visit to the letter."""


class NotFound(Denied):
    """There is no such thing, or it belongs to somebody else: the two look the same."""


class SignInRequired(Denied):
    """The page is for people with an account."""


class RoleRequired(Denied):
    """The page is for another role."""


class DraftChanged(Denied):
    """What would be paid is not what the sender looked at."""


class CrossSite(Denied):
    """The form was submitted from another site, or by a prefetch."""


class AddressUnclear(Denied):
    """The client's network address cannot be established, so nothing can be bound to it."""


class UploadTooLarge(Denied):
    """The files of a letter exceed what a letter may hold."""


class StepImpossible(Denied):
    """The letter's status does not allow this act."""


class NoticeRejected(Denied):
    """The bank's notice is not authentic, or not about an order of ours."""


class ReportForgotten(Denied):
    """A verification report that this instance did not make, or made too long ago."""


class Busy(Denied):
    """The database is away for the moment; nothing was done."""
