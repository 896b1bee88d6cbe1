"""Sixteen people of one department at the same rows over HTTP: on the month's page, on the forms of reports, with workbooks.

Each reads, adds a line of their own to a text and an amount of their own to what was spent, and saves. Whatever is
acknowledged has to stand in the end, and in the audit trail once, on top of what its author had seen.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import unescape
from itertools import pairwise
from threading import Barrier, BrokenBarrierError
from typing import Any, NamedTuple

from django.urls import reverse

from accounts.audit_log import digest_text
from accounts.models import AuditAction, AuditRecord
from desk.returns.columns import HEAD_ROW
from projects.models import Report
from tasks.models import TaskReport
from tests.factories import a_measure, a_plan, a_project, a_task_report, an_official, day, published
from tests.people_at_work import PATIENCE, Desk, at_once, form_of
from tests.returned_month import changed, column
from tests.small_city import City, a_draft, address

N_PEOPLE = 16
DAY, FIRST_LINE, SPENT, TENTHOUSAND = "2020-05-31", "0.0", 1200, 10_000
CONFLICTS = {  # what somebody reads whose save was not taken
    "form": ("没有保存：您打开以后，有人改过",),
    "page": ("行没有存：您打开以后，有人改过",),
    "workbook": ("表里的和现在存的不一样", "这一行被别人改过，没有写", "有人改过其中的内容"),
}


class Row(NamedTuple):
    """One of those that everybody is at. `key` is that of the month's page; nothing is spent on a measure."""

    key: str
    title: str
    draft: Report | TaskReport

    @property
    def has_money(self) -> bool:
        return isinstance(self.draft, Report)


class Attempt(NamedTuple):
    person: str
    title: str
    line: str
    amount: int  # 万元
    is_saved: bool


@dataclass
class Person:
    """`amount` is what they add each time: of two who read the same, no two would write the same."""

    desk: Desk
    name: str
    amount: int

    def attempt(self, title: str, line: str, is_saved: bool) -> Attempt:
        return Attempt(self.name, title, line, self.amount, is_saved)

    def more(self, written: object) -> str:
        return str(Decimal(re.match(r"[\d.]+", str(written))[0]) + self.amount)


Write = Callable[[str], Iterator[Attempt]]  # with the line that is added
Way = Callable[[Person], Callable[[], Write]]  # reads, and returns what saves


def rows_of(city: City) -> list[Row]:
    """Two projects and a measure that works answer for, each with a draft of the day."""
    quay = a_project("quay", title="The quay", lead=city.works, milestones=["laid"], investment=48_000_000)
    plan = a_plan(quay, year=2021, starts_on="2020-01-01", ends_on="2021-12-31")
    lamps = a_measure(plan.groups.get().tasks.get(), number=2, title="The lamps", leads=["works-office"])
    published(plan, on="2020-05-07")
    spent = Decimal(SPENT * TENTHOUSAND)
    reports = [
        a_draft(city.bridge, DAY, {"built": 55}, by=city.official, text=FIRST_LINE, spent=spent),
        a_draft(quay, DAY, {"laid": 10}, by=city.official, text=FIRST_LINE, spent=spent),
    ]
    about_lamps = a_task_report(lamps, DAY, by=city.official, text=FIRST_LINE)
    TaskReport.objects.filter(pk=about_lamps.pk).update(submitted_at=None)
    return [
        *(Row(f"project-{one.project_id}", one.project.title, one) for one in reports),
        Row(f"measure-{lamps.pk}", lamps.title, about_lamps),
    ]


# The three ways


def on_the_form(row: Row) -> Way:
    def way(person: Person) -> Callable[[], Write]:
        def read() -> Write:
            place = address(row.draft)
            page = person.desk.get(place)
            form = form_of(page)

            def write(line: str) -> Iterator[Attempt]:
                typed = {"text": f"{form['text'][0]}\r\n{line}", "_save": ""}
                typed |= {"spent": f"{person.more(form['spent'][0])}万元"} if row.has_money else {}
                status, answer = person.desk.answer(place, page, **typed)
                assert status in (302, 409), status
                assert status == 302 or is_told("form", answer)
                yield person.attempt(row.title, line, status == 302)

            return write

        return read

    return way


def on_the_month(rows: Sequence[Row], department: int) -> Way:
    """All rows of the page at once."""
    place = reverse("admin:projects_department_month", args=[department]) + f"?day={DAY}"

    def way(person: Person) -> Callable[[], Write]:
        def read() -> Write:
            page = person.desk.get(place)
            form = form_of(page)

            def write(line: str) -> Iterator[Attempt]:
                typed = {f"{row.key}-text": f"{form[f'{row.key}-text'][0]}\r\n{line}" for row in rows}
                money = {name: form[name][0] for row in rows if (name := f"{row.key}-spent") in form}
                typed |= {name: f"{person.more(amount)}万元" for name, amount in money.items()}
                status, answer = person.desk.answer(place, page, **typed, _save="")
                assert status in (302, 409), (status, answer)
                refused = titles_in(section(answer, "desk-conflict"), "rowgroup") if status == 409 else set()
                assert status == 302 or (refused and is_told("page", answer))
                yield from (person.attempt(row.title, line, row.title not in refused) for row in rows)

            return write

        return read

    return way


def with_a_workbook(rows: Sequence[Row]) -> Way:
    """Downloads the sheet, fills it, sends it, looks at it and writes it; a conflict is left as it is."""
    place, sheet = reverse("admin:projects_report_returns"), reverse("admin:projects_report_returns_sheet")

    def way(person: Person) -> Callable[[], Write]:
        def read() -> Write:
            content = person.desk.download(f"{sheet}?day={DAY}")

            def write(line: str) -> Iterator[Attempt]:
                token = token_of(person.desk.get(place))
                file = (f"{person.name}.xlsx", changed(content, lambda one: fill(one, rows, person, line)))
                sent = person.desk.upload(place, {"csrfmiddlewaretoken": token, "day": DAY}, sheets=file)
                assert sent.status == 302, (sent.status, sent.page)
                looked_at = person.desk.get(sent.location)
                written = written_by(person.desk, sent.location, looked_at)
                for row in rows:
                    is_saved = row.title in written
                    assert is_saved or is_told("workbook", looked_at, *written.values(), title=row.title)
                    yield person.attempt(row.title, line, is_saved)

            return write

        return read

    return way


def fill(sheet: Any, rows: Sequence[Row], person: Person, line: str) -> None:
    numbers = {sheet.cell(number, 3).value: number for number in range(HEAD_ROW + 1, sheet.max_row + 1)}
    for row in rows:
        text = sheet.cell(numbers[row.title], column("进展"))
        text.value = f"{text.value}\n{line}"
        spent = sheet.cell(numbers[row.title], column("完成投资"))
        if row.has_money:
            spent.value = float(person.more(spent.value))


def written_by(desk: Desk, place: str, looked_at: str) -> dict[str, str]:
    """By their titles the rows that the second press wrote, and under an empty one what else it said."""
    if "写进草稿</button>" not in looked_at:
        return {}
    seen = re.search(r'name="seen" value="([^"]*)"', looked_at)[1]
    answer = desk.upload(place, {"csrfmiddlewaretoken": token_of(looked_at), "seen": seen})
    assert answer.status == 200, (answer.status, answer.page)
    if not (n_written := re.search(r"写进草稿 (\d+) 行", answer.page)):
        return {"": answer.page}
    failed = {unescape(title) for title in re.findall(r"<li><strong>([^<]*) [^ <]+</strong>：", answer.page)}
    written = titles_in(looked_at, "row") - failed
    assert len(written) == int(n_written[1])
    return {**dict.fromkeys(written, ""), "": answer.page}


def token_of(page: str) -> str:
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]*)"', page)[1]


def titles_in(page: str, scope: str) -> set[str]:
    return {unescape(title) for title in re.findall(rf'<th scope="{scope}"[^>]*>([^<]*)</th>', page)}


def section(page: str, name: str) -> str:
    found = re.search(rf'<section class="{name}".*?</section>', page, re.DOTALL)
    return found[0] if found else ""


def is_told(kind: str, *pages: str, title: str = "") -> bool:
    """Whether one of the pages says that somebody else was first, and with what."""
    return any(text in page and title in page for page in pages for text in CONFLICTS[kind])


# All of them at once


def at_the_same_rows(city: City, server: str, rows: Sequence[Row], *, n_together: int, n_freely: int) -> list[Attempt]:
    """What each of the sixteen attempted, a third of them by each way, in so many rounds.

    In the first `n_together` everybody has read before anybody saves, in the others nobody waits for anybody.
    """
    month, workbook = on_the_month(rows, city.works.pk), with_a_workbook(rows)
    ways = [[month, on_the_form(rows[n // 3 % len(rows)]), workbook][n % 3] for n in range(N_PEOPLE)]
    officials = [an_official(city.works, name=f"o{n}") for n in range(1, N_PEOPLE + 1)]
    people = [Person(Desk(server, one), one.username, n) for n, one in enumerate(officials, start=1)]
    meeting = Barrier(N_PEOPLE, timeout=PATIENCE)

    def working(person: Person, way: Way) -> Callable[[], list[Attempt]]:
        def work() -> list[Attempt]:
            read, attempts = way(person), []
            try:
                for n in range(n_together + n_freely):
                    if n < n_together:
                        meeting.wait()
                    write = read()
                    if n < n_together:
                        meeting.wait()
                    attempts += write(f"{person.name}.{n}")
            except BrokenBarrierError:  # somebody else's error, which is the one to be seen
                return attempts
            except BaseException:
                meeting.abort()
                raise
            return attempts

        return work

    done = at_once(*(working(person, way) for person, way in zip(people, ways, strict=True)))
    return [one for attempts in done for one in attempts]


# What has to hold afterwards


def check_nothing_lost(row: Row, attempts: Sequence[Attempt]) -> None:
    """Each acknowledged save stands once, in the row and in the trail, on what its author had read."""
    saved = {one.line: one for one in attempts if one.title == row.title and one.is_saved}
    row.draft.refresh_from_db()
    lines = row.draft.text.splitlines()
    assert Counter(lines) == Counter([FIRST_LINE, *saved])
    assert row.draft.held_on == day(DAY)
    if row.has_money:
        assert row.draft.spent == (SPENT + sum(one.amount for one in saved.values())) * TENTHOUSAND
    about = {"kind": AuditAction.CHANGE, "subject_key": f"{row.draft._meta.label_lower}:{row.draft.pk}"}
    records = list(AuditRecord.objects.filter(**about).select_related("person").order_by("pk"))
    assert [one.person.username for one in records] == [saved[line].person for line in lines[1:]]
    texts = [digest_text("\n".join(lines[: n + 1])) for n in range(len(lines))]
    assert [change_of(one, "进展") for one in records] == list(pairwise(texts))


def check_those_who_read_the_same(row: Row, attempts: Sequence[Attempt], n_together: int) -> None:
    """Of those who had read the row before anybody saved it, one was taken."""
    for n in range(n_together):
        tried = [one for one in attempts if one.title == row.title and one.line.endswith(f".{n}")]
        assert [len(tried) > 1, sum(one.is_saved for one in tried)] == [True, 1], tried


def change_of(record: AuditRecord, label: str) -> tuple[str, str]:
    (change,) = [one for one in record.changes if one[0] == label]
    return change[1], change[2]
