"""The shipped stack under clients that never finish, and with parts of it gone."""

import os
import re
import signal
import ssl
import threading
import time
from contextlib import ExitStack

import pytest

from tests.deploy.rendered import HOST
from tests.deploy.stack import until
from tests.deploy.visitors import FORM, SIGN_IN, hanging, slowest

READER = "127.0.0.20"
OLD = 2.5  # seconds after which a copy is no longer new: nginx counts in whole ones
PAGES = ["/2020/", "/static/css/site.css", "/2020/projects/"]
ONE = ["127.0.0.66"] * 200
MANY = [f"127.0.1.{n}" for n in range(1, 201)]
HALF_A_HEADER = f"GET /2020/ HTTP/1.1\r\nHost: {HOST}\r\nX-Half: ".encode()
HALF_A_BODY = (
    f"POST {SIGN_IN} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: {FORM}\r\nContent-Length: 5000\r\n\r\nusername=".encode()
)
HALF_AN_UPLOAD = f"POST /admin/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 9000000\r\n\r\n".encode() + bytes(100_000)
A_DOWNLOAD = f"GET /2020/projects/ HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode() * 20  # of which nothing is ever read


@pytest.mark.parametrize("sources", [ONE, MANY], ids=["from one address", "from 200 addresses"])
@pytest.mark.parametrize(
    "said",
    [b"", HALF_A_HEADER, HALF_A_BODY, HALF_AN_UPLOAD, A_DOWNLOAD],
    ids=["nothing", "half a header", "half a body", "half an upload", "never reads"],
)
def test_two_hundred_half_open_connections_are_in_nobodys_way(stack, said, sources):
    for path in PAGES:
        stack.ask(path, source=READER)
    with hanging(stack, said, sources) as connections:
        assert len(connections) == 200
        seconds = slowest(stack, PAGES, seconds=4, source=READER)
    print(f"200 half-open connections: the slowest request took {seconds * 1000:.0f} ms")
    assert seconds < 1


def test_a_header_that_does_not_end_is_given_up_after_ten_seconds(stack):
    with hanging(stack, HALF_A_HEADER, ["127.0.0.67"]) as (connection,):
        connection.settimeout(14)
        assert is_ended(connection)


def is_ended(connection: ssl.SSLSocket) -> bool:
    """Whether the server hangs up instead of saying anything."""
    try:
        return connection.recv(1) == b""
    except (ConnectionError, ssl.SSLError):
        return True


def test_a_worker_that_is_killed_fails_no_reader(stack):
    """Under readers of a page that nginx keeps, and of one that it doesn't. Granian ends as a whole where a worker dies
    twice within 5.5 s, for systemd to start it again."""
    answers, over = [], threading.Event()

    def read(source: str):
        while not over.is_set():
            answers.extend(stack.ask(path, source=source) for path in ("/2020/", "/healthz"))

    with ExitStack() as readers:
        threads = [threading.Thread(target=read, args=(f"127.0.2.{n}",)) for n in range(1, 5)]
        readers.callback(lambda: [over.set(), *(thread.join() for thread in threads)])
        for thread in threads:
            thread.start()
        for worker in stack.workers():
            os.kill(worker, signal.SIGKILL)
            until(lambda worker=worker: worker not in stack.workers())
            until(lambda: stack.n_listening() == 2)
    failed = [(answer.status, answer.headers.items(), answer.seconds) for answer in answers if answer.status != 200]
    assert len(answers) > 20
    assert failed == []


def test_without_the_application_readers_get_the_last_copies_and_then_a_calm_page(stack):
    whole = stack.ask("/2020/", source=READER)
    stack.stop("web")
    time.sleep(OLD)
    try:
        copy = stack.ask("/2020/", source=READER)
        unknown = stack.ask("/2020/compare/?from=2020-03-01&to=2020-04-01", source=READER)
        desk = stack.ask(SIGN_IN, source=READER)
    finally:
        stack.start_application()
    assert (copy.status, copy.headers["X-Cache"], copy.body) == (200, "STALE", whole.body)
    for answer in (unknown, desk):
        assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
        assert "暂时打不开" in answer.text
        assert re.search(r'href="/static/css/site\.[0-9a-f]+\.css"', answer.text)
    until(lambda: stack.ask("/2020/", source=READER).headers["X-Cache"] in ("MISS", "EXPIRED", "REVALIDATED"), 5)


def test_a_frozen_application_keeps_readers_of_copies_from_waiting(stack):
    stack.ask("/2020/", source=READER)
    time.sleep(OLD)
    processes = [stack.running["web"].pid, *stack.workers()]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        # The one who asks again waits, others don't.
        threading.Thread(target=stack.ask, args=["/2020/"], kwargs={"source": "127.0.0.21"}).start()
        time.sleep(1)
        assert stack.ask("/2020/", source=READER).headers["X-Cache"] == "UPDATING"
        seconds = slowest(stack, ["/2020/"], seconds=2, source=READER)
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)
    assert seconds < 1
