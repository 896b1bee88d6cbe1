"""The production server, for `make run` and behind a web server alike; gunicorn finds this file by its name."""

import os
from pathlib import Path

bind = f"127.0.0.1:{os.environ.get('PORT') or 8000}"
worker_class = "gthread"
workers = 2
threads = 4
preload_app = True
# Heartbeats go to memory: on a busy disk they would stall, and healthy workers be killed.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
control_socket_disable = True
graceful_timeout = 5
loglevel = "warning"


def post_fork(server, worker):
    # A terminal sends Ctrl-C to all of a group. The server stops its workers itself, and told twice they may hang.
    os.setpgrp()


def post_worker_init(worker):
    if worker.age == workers:
        print(f"打开 http://{bind}/ （按 Ctrl-C 结束）", flush=True)
