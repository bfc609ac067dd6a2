"""`flask lse …`: the operator's commands."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import click

from portal import demo, worker
from portal.config import Settings
from portal.db import people, schema
from portal.domain.errors import Denied
from portal.logs import logger
from portal.office import PACKAGE, Office, open_office
from portal.security.keys import Keys
from portal.services import accounts, audit, followup, health, payment, revoking, sweep
from verifier.sandbox import confinement


@click.group("lse")
def lse() -> None:
    """Run and look after an instance of the Lettre Suivie Électronique."""


@lse.command()
def init() -> None:
    """Make the secrets that are missing and bring the database to this version."""
    settings = Settings.from_env(os.environ)
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    Keys.create(settings.secrets, simulated_bank=settings.test)
    schema.upgrade(_office(settings).db)
    click.echo(f"Ready: {settings.home}")


@lse.command()
def migrate() -> None:
    """Bring the database to this version's schema."""
    schema.upgrade(_office(Settings.from_env(os.environ)).db)


@lse.command("work")
def work_command() -> None:
    """Do what is owed, until stopped; any number of workers may run."""
    settings = Settings.from_env(os.environ)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker.work(_office(settings), logger(test=settings.test), stop=stop)


@lse.command("user")
@click.argument("email")
@click.option("--role", type=click.Choice(["sender", "auditor", "operator"]), default="sender", show_default=True)
@click.option("--first-name", prompt=True)
@click.option("--last-name", prompt=True)
@click.option("--address", multiple=True, help="A line of the postal address; repeat it for each line.")
@click.option("--status", type=click.Choice(["particulier", "professionnel"]), default="particulier", show_default=True)
@click.password_option()
def user(
    email: str, role: str, first_name: str, last_name: str, address: tuple[str, ...], status: str, password: str
) -> None:
    """Make an account."""
    office = _office(Settings.from_env(os.environ))
    with office.db.read() as conn:
        if people.by_email(conn, email):
            raise click.ClickException(f"{email} has an account already")
    try:
        accounts.register(
            office,
            email=email,
            first_name=first_name,
            last_name=last_name,
            role=role,
            password=password,
            address="\n".join(address),
            status=status,
        )
    except accounts.PasswordTooShort as fault:
        raise click.ClickException(str(fault)) from None


@lse.command()
@click.argument("reference")
def mend(reference: str) -> None:
    """Dispatch the letter REFERENCE again, once the cause of its technical error is mended."""
    try:
        followup.mend(_office(Settings.from_env(os.environ)), reference)
    except Denied as fault:
        raise click.ClickException(f"{reference} waits for no mending: {fault}") from None


@lse.command("looked-at")
@click.argument("notice", type=int)
def looked_at(notice: int) -> None:
    """Take the bank's notice NOTICE, which `doctor` shows, off its list."""
    try:
        payment.looked_at(_office(Settings.from_env(os.environ)), notice)
    except Denied:
        raise click.ClickException(f"no notice {notice} waits to be looked at") from None


@lse.command("sweep")
def sweep_command() -> None:
    """Delete old drafts with their files, half-written files, and sessions and visits that are over."""
    swept = sweep.sweep(_office(Settings.from_env(os.environ)))
    click.echo(f"{swept.drafts} drafts, {swept.unfinished} unfinished files, {swept.expired} sessions and visits")


@lse.command()
@click.argument("reference")
def revoke(reference: str) -> None:
    """Let no link of the letter REFERENCE that was sent until now lead anywhere, and end its visits."""
    try:
        revoking.revoke(_office(Settings.from_env(os.environ)), reference)
    except Denied:
        raise click.ClickException(f"no letter {reference}") from None


@lse.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export(folder: Path) -> None:
    """Write the journal to an empty FOLDER, to be checked by `lse-verify journal FOLDER`."""
    if folder.exists() and any(folder.iterdir()):
        raise click.ClickException(f"{folder} is not empty")
    head = audit.export(_office(Settings.from_env(os.environ)), folder)
    click.echo(f"{head.size} entries, root {head.root}")


@lse.command()
def doctor() -> None:
    """Say how the instance is: database, vault, schema, waiting work, and how the verifier is confined."""
    office = _office(Settings.from_env(os.environ))
    found = health.check(office)
    click.echo(f"database      {'answers' if found.database else 'DOES NOT ANSWER'}")
    current = found.database and schema.is_current(office.db)
    failed = followup.failed(office) if current else []
    concerns = payment.concerns(office) if current else []
    click.echo(f"schema        {'current' if current else 'BEHIND: run `flask lse migrate`'}")
    click.echo(f"vault         {'writes and reads' if found.vault else 'CANNOT BE WRITTEN'}")
    click.echo(f"work waiting  {found.pending}")
    for one in found.stuck:
        click.echo(
            f"  stuck: {one['kind']} of letter {one['letter_number']}, {one['attempts']} attempts, {one['fault']}"
        )
    for letter in failed:
        click.echo(f"  technical error: {letter.reference}; mend the cause, then `flask lse mend {letter.reference}`")
    for notice in concerns:
        click.echo(
            f"  notice of the bank: {notice.trans_status} for {notice.reference}, transaction {notice.trans_uuid}; look at it"
            f" there, then `flask lse looked-at {notice.id}`"
        )
    click.echo(f"proxies       {_proxies(office.settings)}")
    click.echo(f"verifier      confined by {confinement()}")
    click.echo(f"trust anchor  {office.anchor_sha256}")
    click.echo(f"journal key   {office.log.verifier}")
    if not (found.ready and current) or found.stuck or failed or concerns:
        sys.exit(1)


@lse.command()
def serve() -> None:
    """Run a test instance: portal and worker together, filled with a demonstration at the first start. Ctrl-C stops both."""
    settings = Settings.from_env(os.environ)
    if not settings.test:
        raise click.ClickException("serve is for test instances; run gunicorn and `flask lse work` as services")
    _demand_free_port(settings)
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    Keys.create(settings.secrets, simulated_bank=settings.test)
    office = _office(settings)
    schema.upgrade(office.db)
    demo.fill(office, logger(test=True))
    office.db.dispose()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup leaves it
            signal.signal(number, signal.default_int_handler)
    children: list[subprocess.Popen[bytes]] = []
    try:
        for part in (["gunicorn", *_gunicorn(settings), "wsgi:app"], ["flask", "lse", "work"]):
            children.append(_part(part))
        if _answers(settings, children[0]):
            _tell(settings)
        while all(child.poll() is None for child in children):
            time.sleep(0.2)
        raise click.ClickException("a part of the instance has stopped; the other is stopped too")
    except KeyboardInterrupt:
        click.echo("\nStopped.")
    finally:
        _stop(children)


def _proxies(settings: Settings) -> str:
    """Say from whom visitors' addresses come, and what becomes of a proxy that nobody told of."""
    if settings.trusted_proxies:
        return f"{settings.trusted_proxies} trusted"
    if settings.local:
        return "none"
    return "NONE TOLD OF: whoever comes through one is refused; set LSE_TRUSTED_PROXIES to how many there are"


def _part(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a part of the instance in a group of its own: the terminal's Ctrl-C is for `serve`, which asks each part once."""
    return subprocess.Popen([sys.executable, "-m", *command], cwd=PACKAGE.parent, process_group=0)  # noqa: S603


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    """End the parts of the instance. Two signals at a time can make a worker of gunicorn wait for itself without end."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _demand_free_port(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", urlsplit(settings.base_url).port or 8000))
        except OSError:
            raise click.ClickException(
                f"{settings.base_url} is taken by another program; choose another port: make run LSE_PORT=8001"
            ) from None


def _answers(settings: Settings, portal: subprocess.Popen[bytes]) -> bool:
    """Wait until the portal serves, or has stopped trying."""
    while portal.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{settings.base_url}/livez", timeout=1).close()  # noqa: S310 - our own address
            return True
        time.sleep(0.1)
    return False


def _gunicorn(settings: Settings) -> list[str]:
    bind = f"127.0.0.1:{urlsplit(settings.base_url).port or 8000}"
    return [
        "--bind",
        bind,
        "--worker-class",
        "gthread",
        "--threads",
        "32",
        "--log-level",
        "warning",
        "--graceful-timeout",
        "5",
        "--no-control-socket",
    ]


def _tell(settings: Settings) -> None:
    lines = [
        "",
        "  Lettre Suivie Électronique: a test instance. SANS VALEUR — TEST",
        "",
        f"  Portal      {settings.base_url}/",
        f"  Mailbox     {settings.base_url}/dev/mailbox   (a letter waits there for its recipient)",
        f"  Verifier    {settings.base_url}/verifier",
        f"  Data        {settings.home}",
        "",
        *(f"  {role:<11} {email}   {password}" for role, email, password in demo.ACCOUNTS),
        f"  Recipient   {demo.RECIPIENT}   (no account: type this address to open the letter)",
        "",
        "  Ctrl-C stops.",
        "",
    ]
    click.echo("\n".join(lines))


def _office(settings: Settings) -> Office:
    return open_office(settings)
