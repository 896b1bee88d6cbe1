"""Rows of a plan as drafts, all or nothing."""

import json
from copy import deepcopy

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from projects.models import Milestone, Project
from tasks.drafting import NotDrafted, changes_of, draft_rows
from tasks.models import Commitment, Plan

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

FILE = settings.BASE_DIR / "fixtures/plan_2020.json"
ROWS = [
    {"model": row["model"], "fields": {name: value for name, value in row["fields"].items() if name != "release_at"}}
    for row in json.loads(FILE.read_text())
]


@pytest.fixture
def administrator():
    return User.objects.create_user("administrator")


def rows_with(model: str, n: int, **values) -> list[dict]:
    """The rows of 2020 with other values in the nth of a model."""
    rows = deepcopy(ROWS)
    [row for row in rows if row["model"] == model][n]["fields"] |= values
    return rows


def position_of(model: str, n: int) -> int:
    return [position for position, row in enumerate(ROWS) if row["model"] == model][n]


def test_the_rows_of_a_fixture_make_the_draft_of_its_plan(administrator):
    done = draft_rows(ROWS, by=administrator)
    assert all(one.is_new for one in done)
    plan = Plan.objects.get()
    assert (plan.is_published, plan.drafted_by) == (False, administrator)
    assert Commitment.objects.drafts().count() == sum(row["model"] == "tasks.commitment" for row in ROWS)


def test_the_same_rows_again_change_nothing(administrator):
    draft_rows(ROWS, by=administrator)
    assert not any(one.is_new or one.changes for one in draft_rows(ROWS, by=administrator))


def test_another_value_is_a_change_of_the_draft(administrator):
    draft_rows(ROWS, by=administrator)
    changed = rows_with("projects.project", 0, place="东区")
    (told,) = [one for one in changes_of(changed, by=administrator) if one.changes]
    assert (told.position, told.changes) == (position_of("projects.project", 0), {"place": ("", "东区")})
    assert Project.objects.get(slug=ROWS[told.position]["fields"]["slug"]).place == "", "nothing is written yet"
    draft_rows(changed, by=administrator)
    assert Project.objects.get(slug=ROWS[told.position]["fields"]["slug"]).place == "东区"


def test_what_a_row_does_not_name_stays(administrator):
    draft_rows(ROWS, by=administrator)
    project = Project.objects.exclude(investment=None).first()
    draft_rows([{"model": "projects.project", "fields": {"slug": project.slug, "place": "东区"}}], by=administrator)
    assert Project.objects.get(pk=project.pk).investment == project.investment


def test_all_errors_are_told_and_nothing_is_written(administrator):
    """Those of a milestone as well whose project has errors, and not that it is missing therefore."""
    rows = rows_with("projects.project", 1, investment=0)
    rows[position_of("projects.milestone", 3)]["fields"]["unit"] = ""
    assert ROWS[position_of("projects.milestone", 3)]["fields"]["project"] == [
        rows[position_of("projects.project", 1)]["fields"]["slug"]
    ]
    with pytest.raises(NotDrafted) as refused:
        draft_rows(rows, by=administrator)
    fields = [(error.position, error.field) for error in refused.value.errors]
    assert (position_of("projects.project", 1), "investment") in fields
    assert (position_of("projects.milestone", 3), "unit") in fields
    assert not any("没有读到" in error.text for error in refused.value.errors)
    assert not Plan.objects.exists()
    assert not Milestone.objects.exists()


def test_a_published_row_takes_no_change(plan_2020, administrator):
    assert not any(one.changes for one in draft_rows(ROWS, by=administrator)), "it may be named"
    with pytest.raises(NotDrafted, match="已经公布"):
        draft_rows(rows_with("projects.project", 0, place="东区"), by=administrator)
