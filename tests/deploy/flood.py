"""A client that means no good, in a process of its own: so many connections from one address, each asking again at once.

`flood.py PORT ADDRESS CONNECTIONS KIND`; ended from outside it prints how often it was answered with what.
"""

# ruff: noqa: S311  what is asked at random protects nothing

import http.client
import random
import signal
import ssl
import sys
import threading
from collections import Counter
from contextlib import suppress

DAYS = [f"2020-{month:02}-{day:02}" for month in range(3, 13) for day in range(1, 29)]
PAGES = ["", "tasks/", "projects/", "indicators/", "changes/", "review/"]
WORDS = "桥路学校医院供水绿化改造"
KINDS = {
    "junk cookies": lambda: ("/", f"sessionid={random.getrandbits(128):032x}"),
    "random days": lambda: (f"/2020/{random.choice(PAGES)}?as_of={random.choice(DAYS)}", ""),
    "comparisons": lambda: (f"/2020/compare/?from={random.choice(DAYS)}&to={random.choice(DAYS)}", ""),
    "search": lambda: (f"/search/?q={random.choice(WORDS).encode().hex()}{random.getrandbits(32)}", ""),
}


def ask(port: int, source: str, kind: str, told: Counter) -> None:
    context = ssl._create_unverified_context()  # noqa: S323  # nosec B323 # the certificate was made a moment ago
    while True:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPSConnection(
                "localhost", port, context=context, timeout=60, source_address=(source, 0)
            )
            while True:
                path, cookie = KINDS[kind]()
                connection.request("GET", path, headers={"Cookie": cookie, "Accept-Encoding": "gzip"})
                response = connection.getresponse()
                response.read()
                told[response.status] += 1


def main() -> None:
    port, source, n, kind = sys.argv[1:]
    told: Counter[int] = Counter()
    for _ in range(int(n)):
        threading.Thread(target=ask, args=(int(port), source, kind, told), daemon=True).start()
    signal.sigwait({signal.SIGTERM})
    print(dict(told), flush=True)


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    main()
