"""What judging a folder costs: `python -m bench.folder [files] [rounds]`.

One `lse-verify --json-lines --files-from` over as many copies of a proof, a warm process a core, in turn with as many
processes of poppler's `pdfsig -nocert`, as many at a time, which check the seal's digest and signature and nothing else.
Files a second, medians over the rounds.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.instance import instance
from bench.verify import a_proof
from verifier.folder import cores


def ours(folder: Path, files: list[Path]) -> None:
    """Judge the list in one command; every answer is VALID and in its place."""
    command = [sys.executable, "-m", "verifier.cli", "--json-lines", "--files-from", str(folder / "list")]
    done = subprocess.run([*command, "--trust", str(folder / "root.pem")], capture_output=True, text=True, check=False)
    said = [json.loads(one) for one in done.stdout.splitlines()]
    odd = [
        (one["verdict"], one["reason"]["en"], one["checks"][-1]["detail"]) for one in said if one["verdict"] != "VALID"
    ]
    assert not odd, odd[0]
    assert done.returncode == 0, done.stderr
    assert [one["file"]["name"] for one in said] == [str(one) for one in files]


def pdfsig(files: list[Path]) -> None:
    """Ask one process a file, one at a time for each core."""

    def ask(file: Path) -> None:
        subprocess.run(["pdfsig", "-nocert", file], capture_output=True, check=False)

    with ThreadPoolExecutor(cores()) as threads:
        list(threads.map(ask, files))


def a_second(count: int, work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return count / (time.perf_counter() - begun)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with instance() as place, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        raw = a_proof(place)
        files = [folder / f"{number:05}.pdf" for number in range(count)]
        for one in files:
            one.write_bytes(raw)
        (folder / "root.pem").write_bytes(place.office.root_pem)
        (folder / "list").write_text("".join(f"{one}\n" for one in files))
        work: dict[str, Callable[[], None]] = {"ours": lambda: ours(folder, files)}
        if shutil.which("pdfsig"):
            work["pdfsig"] = lambda: pdfsig(files)
        taken: dict[str, list[float]] = {name: [] for name in work}
        for _ in range(rounds):
            for kind, one_round in work.items():
                taken[kind].append(a_second(count, one_round))
    print(f"{count} files, {cores()} at a time")
    for kind, rates in taken.items():
        print(f"{kind:8}{statistics.median(rates):9.1f} files/s")


if __name__ == "__main__":
    main()
