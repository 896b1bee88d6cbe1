"""People who go on saving at the desk while the portal is hurt, and note what was acknowledged."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException
from itertools import count
from threading import Event, Lock

from django.contrib.auth.models import User

from projects.models import Report
from tests.admin_cases import City, a_draft, address
from tests.desks import Desk, form_of
from tests.factories import a_report, a_reviewer, an_official
from tests.faults.installation import rounds

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
            except (OSError, HTTPException, KeyError):  # broken off, or an error page in the place of a form
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

    def wait_for(self, n_more: int, patience: float = 60) -> None:
        """Until so many more saves are acknowledged than now."""
        wanted = self.n_acknowledged + n_more
        for _ in range(int(patience / 0.02)):
            if self.n_acknowledged >= wanted:
                return
            self.over.wait(0.02)
        raise AssertionError(f"no save was acknowledged within {patience} seconds")


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
    """Files a new draft."""
    where = address(Report, "add", f"?project={city.bridge.pk}")

    def save(n: int):
        typed = f"{name} files {n}"
        status, answer = desk.answer(where, desk.get(where), text=typed, held_on="2020-06-01", _save="")
        return 0, status, typed, answer

    return save


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
    submitted = [a_report(city.pool, day, by=city.other_official) for day in days[: 20 * rounds(3)]]
    desks = [Desk(server, person) for person in [*people, a_reviewer("r")]]
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
