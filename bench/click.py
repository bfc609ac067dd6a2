"""From the recipient's click to the proof of receipt in the sender's mailbox: `python -m bench.click`.

Portal and worker run as two processes, as in the demonstration; the clock starts before the POST and stops when the mail
that holds the sealed proof is a whole file.
"""

from __future__ import annotations

import http.client
import random
import statistics
import sys
import time

from bench.consult import consult
from bench.instance import instance, portal_command
from portal.adapters.mail import Mailbox

PAUSE = 0.1
"""Seconds an idle worker waits before it looks again (`portal.worker.work`)."""


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with instance() as place:
        paths = place.letters(count)
        mailbox = place.office.mailer
        assert isinstance(mailbox, Mailbox)
        with place.running(*portal_command(place.port)), place.running("flask", "lse", "work"):
            while len(list(mailbox.folder.glob("*.eml"))) < 3 * count:  # payment, notification, EV
                time.sleep(0.1)
            cookie, token = place.form()
            taken = []
            chance = random.Random(1)  # noqa: S311 - so that clicks fall anywhere in the worker's pause
            for path in paths:
                time.sleep(chance.uniform(0.3, 0.6))
                before = set(mailbox.folder.glob("*.eml"))
                connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=60)
                begun = time.perf_counter()
                consult(path, cookie, token)(connection)
                while not any(b"AR-LSE" in new.read_bytes() for new in set(mailbox.folder.glob("*.eml")) - before):
                    time.sleep(0.005)
                taken.append(time.perf_counter() - begun)
    median = statistics.median(taken)
    print(
        f"click to proof in the mailbox: median {median * 1000:.0f} ms, slowest {max(taken) * 1000:.0f} ms of {count}"
    )
    print(f"an idle worker looks every {PAUSE * 1000:.0f} ms: {median / PAUSE:.1f} × that pause")


if __name__ == "__main__":
    main()
