"""What one proof costs, drawn and sealed, each kind: `python -m bench.proof`.

Beside it, in turn and in the same run, pyHanko's own signer on the same drawn page (it draws nothing). Every record is
unique, so that no drawing is taken from memory. Medians in milliseconds.
"""

from __future__ import annotations

import logging
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from bench.seal import stock
from tests.gallery import statement
from tests.pki import authority
from verifier.page import draw
from verifier.statement import ProofKind, Statement
from verifier.typeset import Attached


def page(facts: Statement) -> bytes:
    return draw(facts, [Attached("evidence.json", "application/json", "data", "evidence", facts.to_evidence())])


def milliseconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    logging.getLogger("pyhanko").setLevel(logging.ERROR)
    post = authority(at=datetime.now(UTC).replace(microsecond=0))
    sealer, number = post.sealer(), 1_000_000
    print(f"{'kind':6}{'draw':>9}{'seal':>9}{'both':>9}{'pyHanko signs':>15}{'ratio':>8}")
    for kind in ProofKind:
        drawing, sealing, theirs = [], [], []
        for _ in range(rounds + 1):
            number += 1
            facts = replace(statement(kind), number=number)
            begun = time.perf_counter()
            drawn = page(facts)
            drawing.append((time.perf_counter() - begun) * 1000)
            sealing.append(milliseconds(lambda drawn=drawn: sealer.seal(drawn, now=post.clock())))
            theirs.append(milliseconds(stock(post, drawn)))
        ours = [a + b for a, b in zip(drawing[1:], sealing[1:], strict=True)]
        medians = [statistics.median(one) for one in (drawing[1:], sealing[1:], ours, theirs[1:])]
        print(
            f"{kind.value:6}{medians[0]:9.1f}{medians[1]:9.1f}{medians[2]:9.1f}"
            f"{medians[3]:15.1f}{medians[3] / medians[2]:8.1f}"
        )


if __name__ == "__main__":
    main()
