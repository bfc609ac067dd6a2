"""Two ways into the database: `read` and `write`.

On SQLite (WAL, synchronous=FULL) writers queue at a gate, a file lock around BEGIN IMMEDIATE: SQLite's own wait is a poll
that starves some writer for over a second under load, the lock is a queue. On PostgreSQL a write is a plain transaction.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError

from portal.domain.errors import Busy

BUSY_SECONDS = 20


class Database:
    """The one handle on the database; safe to share between threads. The text of its faults holds no value of a row."""

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self._gate = threading.Lock()
        self._gate_file: Path | None = None
        if self.sqlite:
            path = Path(self.url.database or "")
            path.parent.mkdir(parents=True, exist_ok=True)
            self._gate_file = path.with_name(path.name + ".gate")
            self.engine = sa.create_engine(
                self.url,
                connect_args={"timeout": BUSY_SECONDS},
                poolclass=sa.QueuePool,
                pool_size=32,
                hide_parameters=True,
            )
            event.listen(self.engine, "connect", _tune_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            self.engine = sa.create_engine(
                self.url, pool_size=16, max_overflow=16, pool_pre_ping=True, hide_parameters=True
            )
            event.listen(self.engine, "handle_error", _without_detail)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Look without changing anything. Raises `Busy` where the database is away."""
        with _told_plainly(), self.engine.connect() as conn:
            if not self.sqlite:
                conn.execute(sa.text("SET TRANSACTION READ ONLY"))
            yield conn
            conn.rollback()

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction, committed at the end or not at all. Raises `Busy` where the database is away."""
        with (
            _told_plainly(),
            self._queue(),
            self.engine.connect().execution_options(lse_write=True) as conn,
            conn.begin(),
        ):
            yield conn

    @contextmanager
    def _queue(self) -> Iterator[None]:
        if self._gate_file is None:
            yield
            return
        with self._gate:
            handle = os.open(self._gate_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                yield
            finally:
                os.close(handle)

    def dispose(self) -> None:
        self.engine.dispose()


@contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except OperationalError as fault:
        raise Busy("the database does not answer") from fault


def _without_detail(context: ExceptionContext) -> None:
    """Keep the first line of the server's words: those that follow print the key of the row (DETAIL: Key (…)=(…))."""
    for fault in (context.original_exception, context.sqlalchemy_exception):
        if fault is not None and fault.args:
            fault.args = (str(fault.args[0]).partition("\n")[0], *fault.args[1:])


def _tune_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(conn: sa.Connection) -> None:
    conn.exec_driver_sql("BEGIN IMMEDIATE" if conn.get_execution_options().get("lse_write") else "BEGIN")


class Instant(sa.types.TypeDecorator[Any]):
    """An aware UTC datetime, on engines that keep the zone and on those that do not."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"instant: got the naive {value!r}, expected an aware datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
