"""What a page may weigh on a slow phone, on the illustrative year and on a plan of two hundred projects."""

import gzip
import re

import pytest
from django.conf import settings

from lab.scale import plan
from pagecache.store import COMPRESSION
from tasks.models import Task
from tests.public_routes import routes

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

HTML, STYLES, SCRIPT, PICTURE = 30 * 1024, 15 * 1024, 3 * 1024, 60 * 1024
FRONT = 12 * 1024  # the front page, of a plan with many tasks
FIRST_FLIGHT = 10 * 1460 - 840  # what TCP sends before it hears from the other side, without the headers of the answer
REQUESTS = 10
FETCHED = re.compile(
    r'<(?:link rel="(?:stylesheet|icon)" [^>]*href|link [^>]*?rel="stylesheet"[^>]*href|img [^>]*?src|script [^>]*?src)="([^"]+)"'
)


def packed(content: bytes) -> int:
    return len(gzip.compress(content, COMPRESSION))


def fetched(page: str) -> list[str]:
    """What a browser asks for besides the page, before anybody scrolls; what waits for that is not counted."""
    eager = re.sub(r'<img [^>]*loading="lazy"[^>]*>', "", page)
    return FETCHED.findall(eager)


def file_of(client, address: str) -> bytes:
    """What a browser gets: collected, or drawn for the occasion."""
    if address.startswith(settings.STATIC_URL):
        return (settings.STATIC_ROOT / address.removeprefix(settings.STATIC_URL)).read_bytes()
    response = client.get(address)
    return b"".join(response.streaming_content) if response.streaming else response.content


def over_budget(client) -> dict[str, str]:
    found = {}
    for route in routes():
        for address in route.addresses()[:30]:
            response = client.get(address)
            if not response.get("Content-Type", "").startswith("text/html") or response.status_code != 200:
                continue
            page = response.content.decode()
            files = fetched(page)
            sheets = [file_of(client, name) for name in files if name.endswith(".css")]
            scripts = [file_of(client, name) for name in files if name.endswith(".js")]
            pictures = [len(file_of(client, name)) for name in files if re.search(r"\.(jpg|png|webp)$", name)]
            weights = {
                "html": (packed(response.content), HTML),
                "styles": (sum(map(packed, sheets)), STYLES),
                "script": (sum(map(packed, scripts)), SCRIPT),
                "first picture": (pictures[0] if pictures else 0, PICTURE),
                "requests": (1 + len(files), REQUESTS),
            }
            assert sheets, f"no style sheet was found in {address}"
            if heavy := {name: weight for name, (weight, most) in weights.items() if weight > most}:
                found[address] = heavy
    return found


@pytest.mark.usefixtures("illustrative_2020")
def test_every_page_of_the_illustrative_year_is_light(client):
    assert over_budget(client) == {}


@pytest.mark.usefixtures("illustrative_2020")
def test_the_front_page_arrives_without_another_round_trip(client):
    assert packed(client.get("/").content) <= FIRST_FLIGHT


def test_the_front_page_stays_light_however_many_tasks_there_are(client, monkeypatch):
    """docs/words.md: The first screen."""
    n_tasks = 150
    monkeypatch.setattr(plan, "GROUPS", (*plan.GROUPS[:1], (*plan.GROUPS[1][:-1], n_tasks - plan.GROUPS[0][-1])))
    monkeypatch.setattr(plan, "TASKS", tuple(f"{title}{n}" for n in range(20) for title in plan.TASKS))
    plan.fill(20, 3)
    assert Task.objects.count() == n_tasks
    page = client.get(f"/{plan.YEAR}/").content
    assert f"#group-{plan.GROUPS[1][0]}".encode() in page
    assert packed(page) <= FRONT


@pytest.mark.long
def test_every_page_of_two_hundred_projects_is_light(client):
    plan.fill(200, 1)
    assert over_budget(client) == {}
