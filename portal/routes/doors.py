"""Who may knock at which door, and who stands before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeVar, cast

from flask import current_app, g, request
from flask.typing import ResponseReturnValue
from werkzeug.routing import IntegerConverter

from portal.domain.errors import NotFound, RoleRequired, SignInRequired
from portal.domain.people import Person
from portal.office import Office
from portal.security.address import client_prefix
from portal.services import accounts
from portal.services.consult import Visitor

Audience = Literal["everyone", "recipient", "sender", "auditor", "bank", "browser", "developer"]
ROLES: dict[str, frozenset[str]] = {
    "sender": frozenset({"sender", "operator"}),
    "auditor": frozenset({"auditor"}),
}
AGENT = 256

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


class Number(IntegerConverter):
    """A number in an address: ASCII digits, and no more than a database's key can hold."""

    regex = r"[0-9]{1,18}"


def audience(whom: Audience) -> Callable[[View], View]:
    """Declare who a view is for; a test refuses a view that declares nothing."""

    def declare(view: View) -> View:
        view.audience = whom  # type: ignore[attr-defined]
        return view

    return declare


def check() -> None:
    """Before any form is parsed: find out who signed in, and stop whoever the door is not for.

    No address of ours holds a NUL, which PostgreSQL cannot even look for.
    """
    if any("\0" in text for text in (request.path, *request.args.values())):
        raise NotFound("address")
    view = current_app.view_functions.get(request.endpoint or "")
    roles = ROLES.get(getattr(view, "audience", ""))
    if roles is None:
        return
    person = signed_in()
    if person is None:
        raise SignInRequired(request.path)
    if person.role not in roles:
        raise RoleRequired(person.role)


def office() -> Office:
    return cast(Office, current_app.extensions["office"])


def signed_in() -> Person | None:
    """Return who is signed in, looked up once a request."""
    if "person" not in g:
        g.person = None  # where the lookup fails, the page that tells of it does not fail on it again
        ticket = request.cookies.get(cookie("account"))
        g.person = accounts.signed_in(office(), ticket) if ticket else None
    return cast("Person | None", g.person)


def person() -> Person:
    """Return who is signed in, behind a door that demands it."""
    found = signed_in()
    if found is None:
        raise SignInRequired(request.path)
    return found


def visitor() -> Visitor:
    """Return what the server sees of a recipient."""
    return Visitor(
        prefix=client_prefix(),
        agent=request.headers.get("User-Agent", "")[:AGENT],
        method=request.method,
        purpose=request.headers.get("Sec-Purpose", "")[:AGENT],
    )


def cookie(name: str) -> str:
    """Return a cookie's full name: bound to this host and to HTTPS wherever there is HTTPS (RFC 6265bis §4.1.3.2)."""
    return f"__Host-lse-{name}" if office().settings.secure else f"lse-{name}"
