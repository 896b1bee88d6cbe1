"""Nobody is shut out: not by who asks too much, not by somebody's photos, not by guesses from the same address."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from statistics import median

import pytest
from PIL import Image

from tests.deploy import flood
from tests.deploy.stack import Stack, a_stack
from tests.deploy.visitors import FORM, SIGN_IN, Person, token_of
from tests.people_at_work import form_of
from tests.small_city import article_data

ATTACKER, CONNECTIONS = "127.0.3.1", 20
FAR, N_ASKED = "127.0.3.2", 100
N_PHOTOS, MEGAPIXELS = 20, (4000, 3000)
A_SECOND, TWO_SECONDS = 1.0, 2.0
ERRORS = re.compile(r'<ul class="errorlist.{300}', re.DOTALL)
PLAN = "/admin/tasks/plan/"


@contextmanager
def attacked(stack: Stack, kind: str) -> Iterator[None]:
    command = [sys.executable, Path(flood.__file__), stack.place.https, ATTACKER, CONNECTIONS, kind]
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
    try:
        time.sleep(2)
        yield
    finally:
        process.terminate()
        print(f"{kind}: answered to the attacker {process.communicate()[0].strip()}")


def asked(person: Person) -> list[float]:
    """Seconds of each request at the desk that was answered with 200; of others more than anybody should wait."""
    found = []
    for n in range(N_ASKED):
        answer = person.ask(["/admin/", PLAN, f"{PLAN}?q={n}"][n % 3])
        found.append(answer.seconds if answer.status == 200 else 60.0)
    return sorted(found)


def told(of: str, seconds: list[float]) -> None:
    late = sum(1 for one in seconds if one > TWO_SECONDS)
    print(
        f"{of}: median {median(seconds) * 1000:.0f} ms, 99 % {seconds[-2] * 1000:.0f} ms, {late} of {N_ASKED} late or refused"
    )


@pytest.mark.parametrize("kind", flood.KINDS)
def test_the_desk_answers_while_one_address_asks_for_all_it_can(stack, kind):
    desks = {
        "from another address": Person(stack, "admin", source=FAR),
        "from the same": Person(stack, "admin", source=ATTACKER),
    }
    print()
    told("without an attack", asked(desks["from another address"]))
    found = {}
    with attacked(stack, kind):
        for where, person in desks.items():
            found[where] = asked(person)
    for where, seconds in found.items():
        told(f"under attack, {where}", seconds)
        assert seconds[-2] <= TWO_SECONDS


@pytest.fixture(params=["PostgreSQL", "SQLite"])
def each_stack(request):
    if request.param == "PostgreSQL":
        yield request.getfixturevalue("stack")
    else:
        with a_stack("") as stack:
            yield stack


def test_others_sign_in_and_save_while_twenty_photos_are_filed(each_stack):
    official, editor = Person(each_stack, "official"), Person(each_stack, "editor")
    Person(each_stack, "reviewer")
    filed, over = [], threading.Event()
    without = {
        "sign-in": max(signs_in(each_stack) for _ in range(10)),
        "save": max(saves(editor, n) for n in range(1000, 1010)),
    }

    def file() -> None:
        try:
            filed.append(file_photos(each_stack, official))
        finally:
            over.set()

    photos = threading.Thread(target=file)
    photos.start()
    found: dict[str, list[float]] = {"sign-in": [], "save": []}
    n = 0
    while not over.is_set():
        n += 1
        found["sign-in"].append(signs_in(each_stack))
        found["save"].append(saves(editor, n))
        time.sleep(0.1)
    photos.join()
    assert filed[0].status == 302, ERRORS.findall(filed[0].text)
    for what, seconds in found.items():
        slowest, alone = max(seconds), without[what]
        print(
            f"\n{what}, {len(seconds)} in {filed[0].seconds:.1f} s: slowest {slowest * 1000:.0f} ms, {alone * 1000:.0f} without"
        )
        assert slowest <= max(A_SECOND, 2 * alone)  # on a machine that is busy with something else, no second is enough
    assert min(map(len, found.values())) > 3


def file_photos(stack: Stack, official: Person):
    path = f"/admin/projects/report/add/?project={project_of_official(stack)}"
    page = official.ask(path)
    fields = {name: values[-1] for name, values in form_of(page.text).items() if name != "csrfmiddlewaretoken"}
    fields |= {
        "held_on": time.strftime("%Y-%m-%d"),
        "text": "Photos of the month.",
        "evidence-0-is_consented": "on",
        "_save": "",
    }
    photo = a_photo()
    return official.upload(path, page, [("evidence-0-file", f"{n}.jpg", photo) for n in range(N_PHOTOS)], **fields)


def project_of_official(stack: Stack) -> str:
    ask = """
from django.contrib.auth.models import User
from projects.access import led_projects
print("project", led_projects(User.objects.get(username="official")).published().first().pk)
"""
    return stack.manage("shell", "-c", ask).split()[-1]


def a_photo() -> bytes:
    """As a phone takes it: twelve megapixels, with something to see everywhere."""
    stored = BytesIO()
    Image.effect_noise((500, 375), 90).convert("RGB").resize(MEGAPIXELS).save(stored, "JPEG", quality=88)
    return stored.getvalue()


def signs_in(stack: Stack) -> float:
    """The reviewer, in a browser of his own."""
    page = stack.ask(SIGN_IN)
    body = f"csrfmiddlewaretoken={token_of(page)}&username=reviewer&password={stack.passwords['reviewer']}"
    cookie, referer = page.headers["Set-Cookie"].partition(";")[0], f"https://localhost:{stack.place.https}/"
    answer = stack.ask(SIGN_IN, "POST", body=body.encode(), Cookie=cookie, Content_Type=FORM, Referer=referer)
    assert answer.status == 302, answer.text
    return answer.seconds


def saves(editor: Person, n: int) -> float:
    path = "/admin/news/article/add/"
    answer = editor.send(path, editor.ask(path), **article_data(slug=f"news-{n}"))
    assert answer.status == 302, answer.text
    return answer.seconds


def test_after_sixty_wrong_guesses_the_administrator_signs_in_from_the_same_address(stack):
    office = "127.0.3.9"
    known = Person(stack, "admin", source=office)
    statuses = []
    for n in range(60):
        page = stack.ask(SIGN_IN, source=office)
        guess = f"csrfmiddlewaretoken={token_of(page)}&username=admin{n % 13}&password=wrong-{n}"
        headers = {"Cookie": page.headers["Set-Cookie"].partition(";")[0], "Content_Type": FORM}
        headers |= {"Referer": f"https://localhost:{stack.place.https}/"}
        statuses.append(stack.ask(SIGN_IN, "POST", source=office, body=guess.encode(), **headers).status)
    assert statuses[-1] == 429
    assert known.ask("/admin/").status == 200
    known.send("/admin/logout/", known.ask("/admin/"))
    page = known.ask(SIGN_IN)
    assert known.send(SIGN_IN, page, username="admin", password=stack.passwords["admin"], next="/admin/").status == 302
    assert Person(stack, "admin", source=office)  # in a browser that nobody knows, too
