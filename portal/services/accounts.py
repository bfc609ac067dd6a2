"""Sign-ins of people with an account."""

from __future__ import annotations

from datetime import timedelta

from portal.db import people
from portal.domain.people import Person
from portal.office import Office
from portal.security import login

SIGNED_IN = timedelta(hours=12)


class PasswordTooShort(ValueError):
    """A password is too short for an account."""


def sign_in(office: Office, email: str, password: str) -> str | None:
    """Return a ticket for the cookie, or None where address and password do not belong together."""
    with office.db.read() as conn:
        person = people.by_email(conn, email)
    if not login.password_matches(person.password if person else None, password) or person is None:
        return None
    ticket, now = login.new_ticket(), office.now()
    with office.db.write() as conn:
        people.sign_in(conn, login.ticket_digest(ticket), person.id, now=now, expires_at=now + SIGNED_IN)
    return ticket


def signed_in(office: Office, ticket: str) -> Person | None:
    """Return whose ticket this is, while it lasts."""
    with office.db.read() as conn:
        return people.signed_in(conn, login.ticket_digest(ticket), now=office.now())


def sign_out(office: Office, ticket: str) -> None:
    """End a sign-in on the server."""
    with office.db.write() as conn:
        people.sign_out(conn, login.ticket_digest(ticket))


def register(
    office: Office,
    *,
    email: str,
    first_name: str,
    last_name: str,
    role: str,
    password: str,
    address: str = "",
    status: str = "particulier",
) -> None:
    """Make an account, unless the address has one; raise `PasswordTooShort`."""
    if len(password) < login.MIN_PASSWORD:
        raise PasswordTooShort(f"password: got {len(password)} characters, expected at least {login.MIN_PASSWORD}")
    with office.db.write() as conn:
        if people.by_email(conn, email) is None:
            people.insert(
                conn,
                email=email,
                first_name=first_name,
                last_name=last_name,
                address=address,
                status=status,
                role=role,
                password=login.hash_password(password),
                created_at=office.now(),
            )
