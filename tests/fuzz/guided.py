"""Coverage-guided fuzzing of the verifier: `make fuzz`, or `python -m tests.fuzz.guided FOLDER -max_total_time=600`.

FOLDER keeps the files that reached something new, and is read again at the next run. A file that breaks the property ends the
run and is written to the working directory as ``crash-…``, ``timeout-…`` or ``oom-…``; it then becomes a vector of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.fuzz.mutations import CHANGES, Mutation, apply

MOST = 32 * 1024
"""Bytes of a file: larger ones find nothing that these do not."""
_NAMES = sorted(CHANGES)


def mutator(of_bytes: Callable[[bytes, int], bytes]) -> Callable[[bytes, int, int], bytes]:
    """Change the structure three times in four, and leave the rest to the library's own changes of bytes."""

    def mutated(raw: bytes, most: int, number: int) -> bytes:
        chance = Random(number)  # noqa: S311 # the library hands over the seed, so that a run can be done again
        if chance.random() < 0.25:
            return of_bytes(raw, most)
        steps = [
            Mutation(chance.choice(_NAMES), chance.getrandbits(32), chance.getrandbits(32))
            for _ in range(chance.randint(1, 4))
        ]
        return apply(raw, steps, most=most)

    return mutated


def main(arguments: list[str]) -> None:
    """Put the seeds into the folder that is named first, and run."""
    import atheris

    with atheris.instrument_imports(include=["verifier", "pyhanko.pdf_utils"]):
        from tests.fuzz import property as fuzzed

    every = fuzzed.seeds()

    def judge(raw: bytes) -> None:
        start = next((one for one in every if raw[200:900] == one.raw[200:900]), every[-1])
        report = fuzzed.judged(raw, start)
        if report is not None and report.verdict.value == "VALID":
            assert any(one.is_kept(raw) for one in every), "VALID with other signed bytes than any seed"

    # looked up at each call: the library puts the real one in place when it starts
    mutated = mutator(lambda raw, most: bytes(atheris.Mutate(raw, most)))
    folder = Path(arguments[1])
    folder.mkdir(parents=True, exist_ok=True)
    for one in every:
        (folder / f"seed-{one.name}.pdf").write_bytes(one.raw)
    options = [f"-max_len={MOST}", f"-timeout={fuzzed.PATIENCE}", "-rss_limit_mb=1536", "-print_final_stats=1"]
    atheris.Setup([arguments[0], *options, *arguments[1:]], judge, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
