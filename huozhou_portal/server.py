"""The production server, for `make run` and behind a web server alike: `python -m huozhou_portal.server`."""

import os

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

TARGET = "huozhou_portal.wsgi:application"
HOST = "127.0.0.1"
WORKERS = 2
# Of these at most four reach Django at once (page_cache.gate), the others are for copies, which take microseconds.
THREADS = 8
REST = 0.5  # seconds before a worker that died is replaced
LAST_WORDS = 8  # seconds in which a worker may finish what it is at


def main() -> None:
    port = int(os.environ.get("PORT") or 8000)
    server = Granian(
        TARGET,
        address=HOST,
        port=port,
        interface=Interfaces.WSGI,
        workers=int(os.environ.get("WORKERS") or WORKERS),
        blocking_threads=int(os.environ.get("THREADS") or THREADS),
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=10_000),
        respawn_failed_workers=True,
        respawn_interval=REST,
        workers_kill_timeout=LAST_WORDS,
        log_level=LogLevels.error,
    )
    server.on_startup(lambda: print(f"打开 http://{HOST}:{port}/ （按 Ctrl-C 结束）", flush=True))
    server.serve()


if __name__ == "__main__":
    main()
