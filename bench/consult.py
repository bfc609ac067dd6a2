"""How long the recipient's click takes, at 1, 8 and 64 clients: `python -m bench.consult`.

Each client consults letters of its own over a kept connection; the act is written, journalled and its proof owed before the
answer. Beside it, in the same run and on the same server, the floor: an answer that asks nothing of anybody (`/livez`).
"""

from __future__ import annotations

import http.client
import statistics
import sys
import threading
import time
from collections.abc import Callable
from urllib.parse import urlencode

from bench.instance import RECIPIENT, instance, portal_command

CLIENTS = (1, 8, 64)


def measure(
    clients: int, jobs: list[Callable[[http.client.HTTPConnection], None]], port: int
) -> tuple[list[float], float]:
    """Share the jobs among clients; return each job's milliseconds, and the jobs done a second."""
    taken: list[float] = []
    waiting = list(jobs)
    lock = threading.Lock()

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                if not waiting:
                    return
                job = waiting.pop()
            begun = time.perf_counter()
            job(connection)
            took = (time.perf_counter() - begun) * 1000
            with lock:
                taken.append(took)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken, len(taken) / (time.perf_counter() - begun)


def consult(path: str, cookie: str, token: str) -> Callable[[http.client.HTTPConnection], None]:
    body = urlencode({"csrf_token": token, "address": RECIPIENT})
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}

    def act(connection: http.client.HTTPConnection) -> None:
        connection.request("POST", f"{path}/consulter", body, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 303, answer.status

    return act


def ask_nothing(connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/livez")
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200


def main() -> None:
    each = int(sys.argv[1]) if len(sys.argv) > 1 else 256
    with instance() as place:
        paths = place.letters(each * len(CLIENTS))
        with place.running(*portal_command(place.port)):
            cookie, token = place.form()
            print(f"{'clients':>8}{'':4}{'p50 ms':>9}{'p99 ms':>9}{'req/s':>9}")
            for clients in CLIENTS:
                jobs = [consult(paths.pop(), cookie, token) for _ in range(each)]
                for name, work in (("consult", jobs), ("/livez", [ask_nothing] * each)):
                    taken, rate = measure(clients, work, place.port)
                    p99 = statistics.quantiles(taken, n=100)[98]
                    print(f"{clients:8}  {name:8}{statistics.median(taken):7.1f}{p99:9.1f}{rate:9.0f}")


if __name__ == "__main__":
    main()
