"""People who go on saving at the desk while the portal is hurt, and note what was acknowledged."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException
from http.cookiejar import Cookie, CookieJar
from itertools import count
from threading import Event, Lock
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, ProxyHandler, Request, build_opener

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import Client, encode_multipart

from projects.models import Evidence, Report
from tests.factories import a_report, a_reviewer, an_official
from tests.faults.installation import rounds
from tests.people_at_work import PATIENCE, Desk, StayHere, form_of
from tests.small_city import City, a_draft, address, file_row

N_DRAFTS, LINES_OF_A_DRAFT = 12, 60  # a text holds 2000 characters
SAVED = 302  # what the desk answers to a save, and nothing else


class Saving:
    """Saves one after the other until told to stop. A save that was answered is acknowledged; one that broke off may be lost."""

    def __init__(self):
        self.acknowledged: list[tuple[int, str]] = []
        self.refused: list[tuple[int, str]] = []
        self.lock, self.over = Lock(), Event()

    def go_on(self, save: Callable[[int], tuple[int, int, str, str]]) -> None:
        """`save` tells the key of the report, the status of the answer, what was typed and the page."""
        for n in count():
            if self.over.is_set():
                return
            try:
                key, status, typed, page = save(n)
            except (
                OSError,
                HTTPException,
                LookupError,
            ):  # broken off, an error page in the place of a form, nothing left
                self.over.wait(0.05)
                continue
            with self.lock:
                if status == SAVED:
                    self.acknowledged.append((key, typed))
                elif status < 500:
                    self.refused.append((status, page))

    @property
    def n_acknowledged(self) -> int:
        return len(self.acknowledged)

    def wait_for(self, n_more: int, patience: float = 300) -> None:
        """Until so many more saves are acknowledged than now."""
        wanted = self.n_acknowledged + n_more
        for _ in range(int(patience / 0.02)):
            if self.n_acknowledged >= wanted:
                return
            self.over.wait(0.02)
        raise AssertionError(f"no save was acknowledged within {patience} seconds")


class SignedIn(Desk):
    """Somebody who signed in earlier: hashing everybody's passwords would take longer than the saves."""

    def __init__(self, server: str, person: User):
        client = Client()
        client.force_login(person)
        cookie, jar = client.cookies[settings.SESSION_COOKIE_NAME], CookieJar()
        where = (None, False, "127.0.0.1", False, False, cookie["path"], True, False)
        jar.set_cookie(Cookie(0, cookie.key, cookie.value, *where, None, True, None, None, {}))
        self.server, self.opener = server, build_opener(ProxyHandler({}), HTTPCookieProcessor(jar))
        self.waiting = build_opener(ProxyHandler({}), HTTPCookieProcessor(jar), StayHere)


def editing(desk: Desk, drafts: list[Report], name: str) -> Callable:
    """Adds a line to a draft of one's own."""

    def save(n: int):
        key, line = drafts[n // LINES_OF_A_DRAFT % len(drafts)].pk, f"{name}.{n}"
        where = f"/admin/projects/report/{key}/change/"
        page = desk.get(where)
        status, answer = desk.answer(where, page, text=f"{form_of(page)['text'][0]}\r\n{line}", _save="")
        return key, status, line, answer

    return save


def filing(desk: Desk, city: City, name: str) -> Callable:
    """Files a new draft with a paper, which says what its text says."""
    where = address(Report, "add", f"?project={city.bridge.pk}")

    def save(n: int):
        typed = f"{name} files {n}"
        told = {
            **form_of(desk.get(where)),
            **file_row("", "DOCUMENT"),
            "text": typed,
            "held_on": "2020-06-01",
            "_save": "",
        }
        status, answer = sent_with_paper(desk, where, told, paper(typed))
        return 0, status, typed, answer

    return save


def paper(text: str) -> bytes:
    return f"%PDF-1.4\n{text}\n%%EOF\n".encode()


def sent_with_paper(desk: Desk, where: str, told: dict, content: bytes) -> tuple[int, str]:
    """Status and page right after a form with a file was sent as a browser does."""
    told.pop("evidence-0-file")
    body = encode_multipart("x0x", {**told, "evidence-0-file": SimpleUploadedFile("a.pdf", content)})
    request = Request(f"{desk.server}{where}", body, {"Content-Type": "multipart/form-data; boundary=x0x"})  # noqa: S310
    try:
        with desk.waiting.open(request, timeout=PATIENCE) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def publishing(desk: Desk, reports: list[Report]) -> Callable:
    """Publishes what was submitted, the oldest first; what was not acknowledged is published once more, or found public."""
    waiting = list(reports)

    def save(n: int):
        report = waiting[0]
        status, answer = desk.answer(address(report, "publish"), desk.get(address(report)))
        if status == SAVED:
            waiting.pop(0)
        return report.pk, status, "published", answer

    return save


def a_busy_desk(server: str, city: City) -> list[Callable]:
    """Two officials who edit, one who files, a reviewer who publishes; each of them signed in."""
    people: list[User] = [an_official(city.works, name=f"o{n}") for n in range(3)]
    drafts = [[a_draft(city.bridge, "2020-05-31", by=one, text="0") for _ in range(N_DRAFTS)] for one in people[:2]]
    days = [f"{year}-{month:02}-{day:02}" for year in (2021, 2022) for month in range(1, 13) for day in range(1, 29)]
    submitted = [a_report(city.pool, day, by=city.other_official) for day in days[: 30 + 15 * rounds(1)]]
    desks = [*(SignedIn(server, person) for person in people), Desk(server, a_reviewer("r"))]
    return [
        editing(desks[0], drafts[0], "a"),
        editing(desks[1], drafts[1], "b"),
        filing(desks[2], city, "c"),
        publishing(desks[3], submitted),
    ]


@contextmanager
def at_work(saves: list[Callable]) -> Iterator[Saving]:
    """Everybody saves until the block ends; what went wrong with the people themselves is raised then."""
    saving = Saving()
    with ThreadPoolExecutor(len(saves)) as pool:
        working: list[Future] = [pool.submit(saving.go_on, save) for save in saves]
        try:
            yield saving
        finally:
            saving.over.set()
    for one in working:
        one.result()


def lost(acknowledged: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """What was acknowledged and is not in the database."""
    reports = {report.pk: report for report in Report.objects.all()}
    texts = {report.text for report in reports.values()}
    lines = {pk: set(report.text.splitlines()) for pk, report in reports.items()}
    public = set(Report.objects.published().values_list("pk", flat=True))

    def is_there(key: int, typed: str) -> bool:
        if typed == "published":
            return key in public
        return typed in lines[key] if key else typed in texts

    return [one for one in acknowledged if not is_there(*one)]


def wrong_papers() -> list[str]:
    """Drafts whose paper is missing or says something else."""
    papers = Evidence.objects.exclude(file="").filter(report__published_on=None).select_related("report")
    return [one.report.text for one in papers if one._content() != paper(one.report.text)]
