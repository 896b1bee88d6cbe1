"""The portal beneath a path of the city's own site, by the snippet that is shipped for it."""

import re

import pytest

from tests.deploy.stack import a_stack
from tests.deploy.visitors import GUARDS, Person, at_once

OFFICE = "127.0.0.2"


@pytest.fixture(scope="module")
def ask():
    """On SQLite, where the other stack has PostgreSQL."""
    with a_stack("", prefix="zdgz") as stack:

        def ask(path, **options):
            return stack.ask(path, port=stack.place.city, **options)

        ask.stack = stack
        yield ask


def test_the_citys_own_pages_stay_its_own(ask):
    assert ask("/").text == ask("/2020/").text == ask("/static/css/site.css").text == "the city's own page"
    assert ask("/zdgz").headers["Location"].endswith("/zdgz/")


def test_every_link_of_a_page_stays_beneath_the_path(ask):
    answer = ask("/zdgz/2020/")
    assert answer.status == 200
    local = re.findall(r'(?:href|src|action)="(/[^"]*)"', answer.text)
    assert len(local) > 20
    assert {address.split("/")[1] for address in local} == {"zdgz"}
    assert ask("/zdgz/2020/").headers["X-Cache"] in ("HIT", "REVALIDATED")


def test_files_come_from_the_disk_with_their_guards(ask):
    path = re.search(r'href="(/zdgz/static/css/site\.[0-9a-f]+\.css)"', ask("/zdgz/").text)[1]
    answer = ask(path, Accept_Encoding="gzip")
    assert (answer.status, answer.headers["Content-Encoding"]) == (200, "gzip")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert all(len(answer.headers.get_all(name, [])) == 1 for name in GUARDS)


def test_people_sign_in_beneath_the_path(ask):
    person = Person(ask.stack, "reviewer", prefix="/zdgz", port=ask.stack.place.city)
    answer = person.ask("/zdgz/admin/")
    assert answer.status == 200
    assert ask("/zdgz/admin/").headers["Location"].startswith("/zdgz/admin/login/")


def test_what_is_closed_is_closed_beneath_the_path_too(ask):
    assert ask("/zdgz/readyz").status == 200
    assert ask("/zdgz/readyz", source=OFFICE).status == 403
    assert ask("/zdgz/errors/503.html").status == 404


def test_limits_and_outages_speak_calmly_beneath_the_path_too(ask):
    answers = at_once(lambda n: ask(f"/zdgz/search/?q={n}", source="127.0.0.3"), 60)
    refused = [answer for answer in answers if answer.status == 429]
    assert "请等一会儿" in refused[-1].text
    ask.stack.stop("web")
    try:
        answer = ask("/zdgz/2020/review/")
    finally:
        ask.stack.start_application()
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    assert re.search(r'href="/zdgz/static/css/site\.[0-9a-f]+\.css"', answer.text)
