"""What every test may ask for: a clock that moves only when told, an office of its own, a browser without a window."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.config import Settings
from portal.db import schema
from portal.logs import logger
from portal.office import Office, open_office
from portal.security.keys import Keys

START = datetime(2026, 4, 14, 4, 39, 5, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that a test moves by hand."""

    now: datetime = START
    step: timedelta = field(default=timedelta(0))

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now

    def moves(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance's folder with secrets, authority and an empty database, made once and copied for each test."""
    home = tmp_path_factory.mktemp("made") / "home"
    settings = Settings.from_env({"LSE_HOME": str(home)})
    Keys.create(settings.secrets, simulated_bank=settings.test)
    office = open_office(settings, clock=Clock())
    schema.upgrade(office.db)
    office.db.dispose()
    return home


OpenOffice = Callable[..., Office]


@contextmanager
def opening_offices(made_home: Path, folder: Path, clock: Clock) -> Iterator[OpenOffice]:
    """Open offices in a folder, and close them at the end."""
    opened: list[Office] = []

    def opens(**env: str) -> Office:
        home = folder / f"home-{len(opened)}"
        shutil.copytree(made_home, home)
        office = open_office(Settings.from_env({"LSE_HOME": str(home), **env}), clock=clock)
        opened.append(office)
        return office

    yield opens
    for office in opened:
        office.db.dispose()
        office.sandbox.close()


@pytest.fixture
def opens_office(made_home: Path, tmp_path: Path, clock: Clock) -> Iterator[OpenOffice]:
    """Open an office with settings of the test's own: ``opens_office(LSE_REBIND="mailbox")``."""
    with opening_offices(made_home, tmp_path, clock) as opens:
        yield opens


@pytest.fixture
def office(opens_office: OpenOffice) -> Office:
    return opens_office()


@pytest.fixture
def log() -> object:
    return logger(test=True)


@pytest.fixture
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL database of this test's own, on the server that LSE_TEST_POSTGRESQL names."""
    import sqlalchemy as sa

    server = os.environ.get("LSE_TEST_POSTGRESQL")
    if not server:
        if os.environ.get("LSE_REQUIRE_TOOLS") == "1":
            pytest.fail("LSE_TEST_POSTGRESQL names no server, and LSE_REQUIRE_TOOLS demands one")
        pytest.skip("no PostgreSQL server: set LSE_TEST_POSTGRESQL to postgresql+psycopg://user@host/postgres")
    name = f"lse_{uuid.uuid4().hex}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.exec_driver_sql(f"CREATE DATABASE {name}")
    yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as conn:
        conn.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()
