"""What a long journal costs the worker, which asks ten times a second whether it has grown.

`python -m bench.journal [ENTRIES]`: one journal is empty, the other holds that many placed entries (200,000 unless told).
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import sqlalchemy as sa

from bench.instance import instance
from portal.db import tables
from portal.office import Office
from portal.services import journal
from verifier.journal import Entry
from verifier.statement import NAMESPACE

BATCH = 10_000


def median_ms(work: Callable[[], object], *, times: int = 51) -> float:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def fill(office: Office, count: int) -> None:
    """Write `count` entries and give each its place."""
    for start in range(0, count, BATCH):
        with office.db.write() as conn:
            conn.execute(tables.journal.insert(), [_entry(office)] * min(BATCH, count - start))
    while journal.grown(office):
        journal.sequence(office)


def write_and_place(office: Office) -> None:
    with office.db.write() as conn:
        conn.execute(tables.journal.insert().values(**_entry(office)))
    journal.sequence(office)


def _entry(office: Office) -> dict[str, object]:
    entry = Entry(event=f"{NAMESPACE}event/visit", time=office.now())
    return {"entry": entry.to_json(), "event": entry.event, "at": entry.time, "letter_number": None, "detail": None}


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    print(f"{'entries':>10}{'grown ms':>12}{'write and place one ms':>26}")
    for count in (0, many):
        with instance() as place:
            office = place.office
            fill(office, count)
            with office.db.read() as conn:
                held = conn.scalar(sa.select(sa.func.count()).select_from(tables.tree_leaves))
            grown = median_ms(lambda office=office: journal.grown(office))  # type: ignore[misc]
            one = median_ms(lambda office=office: write_and_place(office))  # type: ignore[misc]
            print(f"{held:10}{grown:12.2f}{one:26.2f}")


if __name__ == "__main__":
    main()
