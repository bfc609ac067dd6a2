"""Bombs in the confined child: what each costs, and that none of them reaches a network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import attacks
from verifier.confine import Limits

JUDGE = """
import json, resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from verifier import sandbox
paths = sorted(Path(sys.argv[1]).iterdir(), key=lambda path: int(path.stem))
for path in paths:
    raw = path.read_bytes()
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    report = sandbox.judge(raw, anchors=[], now=datetime(2026, 4, 19, tzinfo=UTC), name=path.name)
    print(json.dumps({
        "verdict": report.verdict.value,
        "seconds": time.monotonic() - started,
        "grown": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before,
        "children": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss,
    }))
"""
"""A process of its own: what other tests have loaded or started says nothing about it. Sizes are in KiB."""
MIB = 1024


def test_each_bomb_ends_in_seconds_and_costs_the_parent_nothing(tmp_path: Path) -> None:
    bombs = attacks.bombs()
    for number, (_, raw) in enumerate(bombs):
        (tmp_path / f"{number}.pdf").write_bytes(raw)
    done = subprocess.run([sys.executable, "-c", JUDGE, str(tmp_path)], capture_output=True, text=True, check=True)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(said) == len(bombs) > 30
    for (name, _), one in zip(bombs, said, strict=True):
        assert one["verdict"] in ("unreadable", "INVALID", "INDETERMINATE"), name
        assert one["seconds"] < Limits().wall, name
        assert one["grown"] < 20 * MIB, name
        assert one["children"] <= 512 * MIB, name


@pytest.mark.interop
def test_no_bomb_makes_the_child_open_a_socket(tmp_path: Path) -> None:
    strace = shutil.which("strace")
    if strace is None:
        word = "strace is not installed on this machine"
        (pytest.fail if os.environ.get("LSE_REQUIRE_TOOLS") == "1" else pytest.skip)(word)
    folder, log = tmp_path / "bombs", tmp_path / "calls"
    folder.mkdir()
    cheap = [raw for name, raw in attacks.bombs() if len(raw) < 600_000 and "no width" not in name][::2]
    for number, raw in enumerate(cheap):
        (folder / f"{number}.pdf").write_bytes(raw)
    calls = "trace=socket,connect,sendto,sendmsg,bind"
    command = [strace, "-f", "-qq", "-e", calls, "-o", str(log), sys.executable, "-c", JUDGE, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == len(cheap) > 10
    # bubblewrap itself asks for the name of the user, and the kernel for the loopback of the empty network: both stay inside
    reached = [line for line in log.read_text().splitlines() if "AF_INET" in line or "AF_PACKET" in line]
    assert reached == []
