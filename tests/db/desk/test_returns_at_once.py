"""Sixteen people at one row, on the month's rows, on the form of the report and with workbooks: nobody loses a line."""

from collections.abc import Callable
from io import BytesIO

import openpyxl
import pytest
import time_machine
from django.contrib.auth.models import User

from desk.monthly.saving import RowError, save_row
from desk.returns.dry_run import changes_of, dry_run
from desk.returns.months import LoadedMonth, load_month
from desk.returns.saving import NotSaved, Watch, save_change
from desk.returns.shapes import Field
from desk.returns.stages import Stage, StagedFile
from desk.returns.writing import month_workbook
from tasks.access import Led
from tests.factories import an_official, day
from tests.opened_here import opened_here
from tests.people_at_work import Desk, at_once, form_of
from tests.returned_month import changed, column
from tests.small_city import a_city, a_draft, address

pytestmark = pytest.mark.both_databases

N_ON_ROWS, N_ON_FORMS, N_WITH_FILES, N_SAVES = 5, 5, 6, 3
DAY, TITLE = day("2020-05-31"), "The bridge"
NOBODY = Watch(lambda _draft: None, lambda _draft, _is_new: None)
Save = Callable[[str], bool]  # whether the line was saved


@pytest.fixture(autouse=True)
def in_june():
    with time_machine.travel("2020-06-05T04:00:00Z", tick=True):
        yield


def loaded(person: User) -> LoadedMonth:
    return load_month(DAY, Led.by(person), by=person)


def on_the_rows(person: User) -> Save:
    def save(line: str) -> bool:
        (row,) = [one for one in loaded(person).rows.values() if one.title == TITLE]
        typed = {one.key: str(one.current or "") for one in row.lines} | {"text": f"{row.draft.text}\n{line}"}
        try:
            save_row(row, typed, by=person, expected=row.version)
        except RowError:
            return False
        return True

    return save


def with_a_workbook(person: User) -> Save:
    """Downloads the sheet, adds the line to its cell, and returns it at once; what is in conflict is left as it is."""

    def save(line: str) -> bool:
        content = month_workbook(loaded(person).month, title="x", names={})
        page = openpyxl.load_workbook(BytesIO(content)).active
        number = next(n for n in range(1, page.max_row + 1) if page.cell(n, 3).value == TITLE)
        text = page.cell(number, column("进展")).value
        returned = changed(content, lambda one: setattr(one.cell(number, column("进展")), "value", f"{text}\n{line}"))
        now = loaded(person)
        run = dry_run(Stage(DAY, (StagedFile("a", opened_here(returned)),)), now.month, answers={})
        changes = [one for one in changes_of(run, {}) if Field.TEXT in one.values]
        try:
            return bool([save_change(one, now, by=person, watch=NOBODY) for one in changes])
        except NotSaved:
            return False

    return save


def on_the_form(desk: Desk, place: str) -> Save:
    def save(line: str) -> bool:
        page = desk.get(place)
        status, _page = desk.answer(place, page, text=f"{form_of(page)['text'][0]}\r\n{line}", _save="")
        assert status in (302, 409)
        return status == 302

    return save


def saving(save: Save, name: str) -> Callable[[], list[str]]:
    """Again and again; the lines that were saved."""
    return lambda: [line for line in (f"{name}.{n}" for n in range(N_SAVES)) if save(line)]


def test_of_sixteen_people_at_one_row_nobody_loses_a_line(transactional_db, live_server):
    city = a_city()
    report = a_draft(city.bridge, str(DAY), {"built": 55}, by=city.official, text="0.0")
    n_people = N_ON_ROWS + N_ON_FORMS + N_WITH_FILES
    people = [an_official(city.works, name=f"o{n}") for n in range(n_people)]
    desks = [Desk(live_server.url, one) for one in people[:N_ON_FORMS]]
    saves = [
        *(on_the_form(one, address(report)) for one in desks),
        *map(on_the_rows, people[N_ON_FORMS : N_ON_FORMS + N_ON_ROWS]),
        *map(with_a_workbook, people[N_ON_FORMS + N_ON_ROWS :]),
    ]
    answers = at_once(*(saving(save, str(n)) for n, save in enumerate(saves, start=1)))
    report.refresh_from_db()
    assert n_people == 16
    assert sorted(report.text.splitlines()) == sorted(["0.0", *(line for lines in answers for line in lines)])
    assert any(answers)  # somebody is first
    assert city.bridge.reports.drafts().get() == report
