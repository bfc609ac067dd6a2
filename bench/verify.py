"""What judging one proof costs: `python -m bench.verify`.

Ours in a confined child, cold (a start of Python for one file) and warm (a fork of a process that has loaded the libraries),
in turn with poppler's `pdfsig -nocert`, a process for a file, which checks the seal's digest and signature and nothing else:
no time stamp, no chain, no page, no journal. Medians in milliseconds.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.instance import Instance, instance
from portal.db import people
from portal.services import prove, tracking
from verifier import sandbox
from verifier.report import Verdict
from verifier.warm import WarmSandbox


def a_proof(place: Instance) -> bytes:
    """Return a genuine proof of dispatch."""
    office = place.office
    place.letters(1)
    prove.seal(office, 1, "EV", 1)
    with office.db.read() as conn:
        sender = people.by_email(conn, "banc@exemple.nc")
    assert sender is not None
    row = tracking.listing(office, sender.id, tracking.Filters())[0][0]
    _, blocks = tracking.proof(office, sender.id, row.letter.reference, 1)
    return b"".join(blocks)


def milliseconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with instance() as place, tempfile.TemporaryDirectory() as folder, WarmSandbox() as warm:
        raw, anchors, now = a_proof(place), [place.office.root_pem], place.office.now()
        file = Path(folder, "preuve.pdf")
        file.write_bytes(raw)
        work: dict[str, Callable[[], object]] = {
            "ours, warm": lambda: warm.judge(raw, anchors=anchors, now=now, name="preuve.pdf"),
            "ours, cold": lambda: sandbox.judge(raw, anchors=anchors, now=now, name="preuve.pdf"),
        }
        if shutil.which("pdfsig"):
            work["pdfsig"] = lambda: subprocess.run(["pdfsig", "-nocert", file], capture_output=True, check=False)
        report = warm.judge(raw, anchors=anchors, now=now, name="preuve.pdf")
        assert report.verdict is Verdict.VALID, report.reason_en
        taken: dict[str, list[float]] = {name: [] for name in work}
        for _ in range(rounds):
            for name, one in work.items():
                taken[name].append(milliseconds(one))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    peer = medians.get("pdfsig")
    for name, median in medians.items():
        print(f"{name:12}{median:9.1f} ms" + (f"{median / peer:9.1f} × pdfsig" if peer else ""))


if __name__ == "__main__":
    main()
