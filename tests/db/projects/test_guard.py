"""Published rows stand still, whichever door of the ORM is tried; drafts move freely."""

from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import serializers
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from common import lru_cache
from ledger.chain import head
from ledger.guard import Guarded, PublishedRowError, publishing
from ledger.models import Entry
from projects.appointments import note_password
from projects.models import Evidence, Milestone, MilestoneReading, Report, Source
from projects.redactions import hide, restore_unconfirmed
from projects.verification import differences
from tasks.models import Contribution, Indicator, Outline, OutlineItem, Promised, Series, Target, Task, TaskEvidence
from tasks.models.plans import ROWS
from tasks.snapshots import PlanSnapshot, plan_snapshot_of
from tests.db.projects.conftest import guarded_models, one_of_each
from tests.factories import (
    a_commitment,
    a_measure,
    a_milestone,
    a_plan,
    a_project,
    a_report,
    a_reviewer,
    a_series,
    a_target,
    a_task,
    an_addition,
    an_administrator,
    an_evidence,
    an_official,
    an_outline,
    day,
    moment,
    published,
    published_by,
)

pytestmark = pytest.mark.both_databases


def a_field_of(row: Guarded) -> str:
    """A field whose change says nothing about publication or place."""
    fixed = {"entry", "published_at", "published_on", type(row).parent}
    fields = [field for field in row._meta.concrete_fields if not field.primary_key and field.name not in fixed]
    return fields[-1].name


def values_of(row: Guarded) -> dict:
    return {a_field_of(row): getattr(row, a_field_of(row))}


def rows_like(row: Guarded):
    return type(row).objects.filter(pk=row.pk)


def load(row: Guarded) -> None:
    """What loaddata does with the row."""
    for loaded in serializers.deserialize("json", serializers.serialize("json", [row])):
        loaded.save()


# Every way to write one row that exists. The values stay the same: what is refused is the writing.
DOORS: dict[str, Callable[[Guarded], object]] = {
    "save": lambda row: row.save(),
    "save of one field": lambda row: row.save(update_fields=[a_field_of(row)]),
    "save of a fixture's row": lambda row: row.save_base(raw=True),
    "a fixture": load,
    "update": lambda row: rows_like(row).update(**values_of(row)),
    "update of an ordered queryset": lambda row: rows_like(row).order_by("pk").update(**values_of(row)),
    "update of everything": lambda row: type(row).objects.update(**values_of(row)),
    "update through the base manager": lambda row: type(row)._base_manager.filter(pk=row.pk).update(**values_of(row)),
    "bulk_update": lambda row: type(row).objects.bulk_update([row], [a_field_of(row)]),
    "update_or_create": lambda row: type(row).objects.update_or_create(pk=row.pk, defaults=values_of(row)),
    "delete": lambda row: row.delete(),
    "delete of a queryset": lambda row: rows_like(row).delete(),
}
CREATING_DOORS: dict[str, Callable[[Guarded], object]] = {
    "create": lambda row: row.save(force_insert=True),
    "bulk_create": lambda row: type(row).objects.bulk_create([row]),
    "bulk_create that ignores conflicts": lambda row: type(row).objects.bulk_create([row], ignore_conflicts=True),
    "bulk_create that updates": lambda row: type(row).objects.bulk_create(
        [row], update_conflicts=True, update_fields=[a_field_of(row)], unique_fields=["pk"]
    ),
    "bulk_create that updates, by position": lambda row: type(row).objects.bulk_create(
        [row], None, False, True, [a_field_of(row)], ["pk"]
    ),
}


# Django's own shortcut, which leaves behind what hangs on a row: nothing to try on drafts.
RAW_DOORS: dict[str, Callable[[Guarded], object]] = {
    "delete of a queryset without signals": lambda row: rows_like(row)._raw_delete(using="default"),
}


def refusal_by(door: Callable, row: Guarded) -> type[Exception] | None:
    try:
        with transaction.atomic():
            door(row)
    except (PublishedRowError, ProtectedError, IntegrityError) as error:
        return type(error)
    return None


@contextmanager
def refused():
    with pytest.raises((PublishedRowError, ProtectedError)), transaction.atomic():
        yield


@pytest.fixture
def city(city):
    """With what was hidden and given back, and a password set anew, for rows of those as well."""
    with time_machine.travel(moment("2020-07-10"), tick=False):
        hide(city.report, "text", also=(), reason="A name.", by=a_reviewer("hider"))
    with time_machine.travel(moment("2020-07-17"), tick=False):
        restore_unconfirmed()
        note_password(User.objects.get(username="first-reviewer"), by=an_administrator())
    city.report.refresh_from_db()
    return city


def test_a_row_of_every_model_that_the_guard_watches_is_tried(city):
    assert {*one_of_each(), "Entry"} == {model._meta.object_name for model in guarded_models()}


@pytest.mark.parametrize("name", [*DOORS, *CREATING_DOORS, *RAW_DOORS])
def test_no_door_lets_a_published_row_be_changed(city, name):
    """docs/rules.md: facts."""
    door = {**DOORS, **CREATING_DOORS, **RAW_DOORS}[name]
    rows = {**one_of_each(), "Entry": head()}
    assert [
        label for label, row in rows.items() if refusal_by(door, row) not in {PublishedRowError, ProtectedError}
    ] == []
    assert list(differences()) == []


@pytest.mark.parametrize("name", DOORS)
def test_every_door_lets_a_draft_be_changed(draft_city, name):
    rows = one_of_each()
    assert [label for label, row in rows.items() if refusal_by(DOORS[name], row) is PublishedRowError] == []


def test_the_refusal_says_what_is_public_and_what_to_do_instead(city):
    with pytest.raises(
        PublishedRowError, match="“bridge（2020-04-30）”已经公布，不能修改或删除；请用更正、调整或隐去。"
    ):
        city.report.save()


def test_a_draft_opened_before_its_publication_cannot_be_saved_after_it(city):
    draft = a_report(city.bridge, "2020-07-31")
    opened_before = Report.objects.get(pk=draft.pk)
    published(draft, "2020-08-05")
    opened_before.text = "Nearly done."
    with refused():
        opened_before.save()


@pytest.mark.parametrize("position", [True, False])
def test_no_upsert_finds_a_published_row_by_its_natural_key(city, position):
    source = Source(key=city.source.key, kind="NEWS", title="Another title")
    with refused():
        if position:
            Source.objects.bulk_create([source], None, False, True, ["title"], ["key"])
        else:
            Source.objects.bulk_create([source], update_conflicts=True, update_fields=["title"], unique_fields=["key"])


# Rows that would be public without an entry of their own.
@pytest.mark.parametrize("name", CREATING_DOORS)
def test_no_draft_is_created_that_claims_to_be_published(city, name):
    forged = Report(project=city.bridge, held_on=city.report.held_on, text="All is well.", source=city.source)
    forged.entry, forged.published_at, forged.published_on = (
        city.report.entry,
        city.report.published_at,
        city.report.published_on,
    )
    assert refusal_by(CREATING_DOORS[name], forged) is PublishedRowError


@pytest.mark.parametrize("field", ["entry", "published_at", "published_on"])
def test_no_draft_is_updated_to_be_published(city, field):
    draft = a_report(city.bridge, "2020-05-31")
    with refused():
        Report.objects.filter(pk=draft.pk).update(**{field: getattr(city.report, field)})
    setattr(draft, field, getattr(city.report, field))
    with refused():
        draft.save()


def test_no_entry_is_written_outside_a_publication(city):
    entry = Entry(seq=99, at=city.report.published_at, published_on=city.report.published_on, kind="report", payload={})
    with refused():
        entry.save()


def test_a_published_row_loaded_from_a_fixture_file_is_refused(city, tmp_path):
    city.report.text = "All is well."
    file = tmp_path / "report.json"
    file.write_text(serializers.serialize("json", [city.report], use_natural_foreign_keys=True))
    with refused():
        call_command("loaddata", str(file), verbosity=0)
    city.report.refresh_from_db()
    assert city.report.text == "How it stood on 2020-04-30."


# New parts of what is public.
@pytest.fixture
def new_parts(city) -> dict[str, Guarded]:
    """An unsaved part for every kind of parent that is public."""
    return {
        "reading": MilestoneReading(report=city.report, milestone=a_milestone(city.bridge, "painted"), value=1),
        "evidence": Evidence(report=city.report, position=9, kind="DOCUMENT", title="One more"),
        "task evidence": TaskEvidence(report=city.task_report, position=9, kind="DOCUMENT", title="One more"),
        "outline item": OutlineItem(outline=city.outline, number=9, title="More"),
    }


@pytest.mark.parametrize("door", [lambda part: part.save(), lambda part: type(part).objects.bulk_create([part]), load])
def test_nothing_is_added_to_what_is_public(city, new_parts, door):
    refused = {name: refusal_by(door, part) for name, part in new_parts.items()}
    assert refused == dict.fromkeys(new_parts, PublishedRowError)
    assert list(differences()) == []


@pytest.fixture
def new_rows(city) -> list[Promised]:
    """A draft of every kind of row, below what is public already."""
    other, addition = a_project("road"), an_addition(city.plan)
    task, series, commitment = Task.objects.get(), a_series(city.plan), commitment_of(city)
    rows: list[Promised] = [
        Outline(plan=city.plan, code="more", title="More"),
        type(task.group)(plan=city.plan, code="more", title="More", noun="more"),
        Task(group=task.group, number=9, title="More"),
        type(city.measure)(task=task, number=9, title="More"),
        Contribution(measure=city.measure, project=other),
        Series(plan=city.plan, code="more", title="More", short_title="More", noun="more"),
        type(commitment)(series=series, number=9, project=other, goal="FINISH"),
        Target(
            commitment=commitment,
            milestone=a_milestone(city.bridge, "lit"),
            amount=1,
            starts_on=day("2020-01-01"),
            due_on=day("2020-12-31"),
        ),
        Indicator(plan=city.plan, code="more", title="More", target=1, unit="%"),
    ]
    assert {type(row) for row in rows} == set(ROWS)
    for row in rows:
        row.addition = addition
    return rows


@pytest.mark.parametrize("door", [lambda row: row.save(), lambda row: type(row).objects.bulk_create([row]), load])
@pytest.mark.parametrize("brought_by", ["the plan", "an addition that is public"])
def test_what_is_public_brings_no_more_rows(city, new_rows, door, brought_by):
    """docs/rules.md: addition."""
    for row in new_rows:
        row.addition = None if brought_by == "the plan" else city.addition
    refused = {type(row): refusal_by(door, row) for row in new_rows}
    assert refused == dict.fromkeys(ROWS, PublishedRowError)
    assert list(differences()) == []


def test_a_row_that_waits_for_its_addition_is_no_part_of_what_is_public(city, new_rows):
    """docs/rules.md: addition."""
    before = plan_snapshot_of(city.plan, day("2020-12-31"))
    for row in new_rows:
        row.save()
    assert list(differences()) == []
    lru_cache.clear()
    now = plan_snapshot_of(city.plan, day("2020-12-31"))
    assert n_rows(now) == n_rows(before)


def n_rows(snapshot: PlanSnapshot) -> list[int]:
    """Of what hangs below the plan, by kind."""
    targets = [target for commitment in snapshot.commitments for target in commitment.targets]
    services = [service for measure in snapshot.measures for service in measure.services]
    return [
        len(rows)
        for rows in (
            *(snapshot.outlines, snapshot.groups, snapshot.tasks, snapshot.measures, services, snapshot.series),
            *(snapshot.commitments, targets, snapshot.indicators, snapshot.additions),
        )
    ]


def test_nothing_is_added_through_a_related_manager(city):
    with refused():
        city.report.evidence.create(kind="DOCUMENT", title="One more", position=9)
    with refused():
        city.report.evidence.get_or_create(position=9, defaults={"kind": "DOCUMENT", "title": "One more"})
    with refused():
        city.report.evidence.update_or_create(position=9, defaults={"kind": "DOCUMENT", "title": "One more"})


def test_a_part_of_a_draft_is_not_moved_to_a_published_parent(city):
    draft = a_report(city.bridge, "2020-05-31")
    evidence = an_evidence(draft)
    with refused():
        city.report.evidence.add(evidence)
    with refused():
        city.report.evidence.add(evidence, bulk=False)
    with refused():
        Evidence.objects.filter(pk=evidence.pk).update(report=city.report)
    with refused():
        Evidence.objects.filter(pk=evidence.pk).update(report_id=city.report.pk)
    evidence.report = city.report
    with refused():
        evidence.save()
    with refused():
        Evidence.objects.bulk_update([evidence], ["report"])


def test_a_row_of_a_draft_plan_is_not_moved_under_a_published_one(city):
    task = a_task(a_plan(year=2021), 2)
    series = a_series(task.group.plan, "more")
    task.group = city.plan.groups.first()
    with refused():
        task.save()
    with refused():
        city.plan.series.add(series, bulk=False)


def test_a_published_part_is_not_moved_to_a_draft(city):
    city.photo.report = a_report(city.bridge, "2020-05-31")
    with refused():
        city.photo.save()


# Many-to-many.
MANY = {
    "milestones of a commitment": lambda city: commitment_of(city).milestones,
    "commitments of a milestone": lambda city: city.built.commitments,
    "projects of a measure": lambda city: city.measure.projects,
    "measures of a project": lambda city: city.bridge.measures,
}


def commitment_of(city):
    return city.plan.series.get(code="pledges").commitments.get()


@pytest.mark.parametrize("name", MANY)
def test_no_many_to_many_of_something_public_is_changed(city, name):
    manager = MANY[name](city)
    before = set(manager.all())
    changes = [
        lambda: manager.remove(*before),
        lambda: manager.set([]),
        lambda: manager.set([], clear=True),
        lambda: manager.clear(),
    ]
    for change in changes:
        with refused():
            change()
    assert set(manager.all()) == before


def test_no_project_serves_a_public_measure_anew(city):
    with refused():
        city.measure.projects.add(a_project("road"))
    with refused():
        city.measure.projects.set([*city.measure.projects.all(), a_project("lane")])


def test_a_published_milestone_joins_a_commitment_of_a_draft_plan(city):
    commitment = a_commitment(a_plan(year=2021), city.bridge)
    a_target(commitment, city.built)
    city.built.commitments.remove(commitment)
    assert not commitment.milestones.exists()


# Related managers.
def test_published_rows_are_not_updated_or_deleted_through_a_related_manager(city):
    changes = [
        lambda: city.bridge.milestones.update(verb="修好"),
        lambda: city.bridge.reports.all().update(text="All is well."),
        lambda: city.report.readings.update(value=100),
        lambda: city.report.evidence.all().delete(),
        lambda: city.plan.series.update(title="Other pledges"),
        lambda: city.plan.groups.get().tasks.update(title="Another task"),
        lambda: city.measure.reports.update(declared="DONE"),
        lambda: city.gate.checks.update(finding="STOPPED"),
        lambda: city.check.evidence.all().delete(),
        lambda: city.plan.additions.update(title="Wishes"),
        lambda: city.to_build.adjustments.all().delete(),
        lambda: city.to_build.adjustments.clear(),
        lambda: city.to_build.adjustments.clear(bulk=False),
        lambda: city.to_build.adjustments.set([]),
        lambda: city.greenery.readings.filter(value__gt=0).update(value=40),
        lambda: Target.objects.filter(commitment__project__slug="bridge").update(weight=9),
        lambda: Report.objects.exclude(pk=0).update(spent=0),
    ]
    for change in changes:
        with refused():
            change()
    assert list(differences()) == []


def test_a_queryset_with_one_published_row_among_drafts_is_refused_whole(city):
    draft = a_report(city.bridge, "2020-05-31")
    with refused():
        Report.objects.update(text="All is well.")
    draft.refresh_from_db()
    assert draft.text == "How it stood on 2020-05-31."


# Cascades.
@pytest.fixture
def by_people(city):
    """A report that people drafted and published."""
    report = a_report(city.bridge, "2020-05-31", by=an_official(city.works))
    return published_by(report, a_reviewer())


@pytest.mark.parametrize("target", ["project", "source", "drafted_by", "published_by", "department", "plan", "entry"])
def test_what_a_published_row_hangs_on_cannot_be_deleted(city, by_people, target):
    rows = {
        "project": city.bridge,
        "source": city.source,
        "drafted_by": by_people.drafted_by,
        "published_by": by_people.published_by,
        "department": city.works,
        "plan": city.plan,
        "entry": by_people.entry,
    }
    with pytest.raises((ProtectedError, PublishedRowError)), transaction.atomic():
        rows[target].delete()


def test_no_foreign_key_of_a_guarded_model_lets_a_deletion_through():
    cascades = [
        str(field)
        for model in guarded_models()
        for field in model._meta.concrete_fields
        if field.remote_field and field.remote_field.on_delete.__name__ != "PROTECT"
    ]
    assert cascades == []


def test_no_guarded_model_has_a_hidden_table_of_its_own():
    hidden = [
        str(field)
        for model in guarded_models()
        for field in model._meta.local_many_to_many
        if not issubclass(field.remote_field.through, Guarded)
    ]
    assert hidden == []


def test_every_guarded_model_is_asked_through_the_guarded_queryset():
    unguarded = [
        m
        for m in guarded_models()
        if not hasattr(m._base_manager.all(), "published") or m._base_manager.name != "objects"
    ]
    assert unguarded == []


# Drafts.
def test_a_draft_is_made_changed_and_deleted_like_any_row(city):
    draft = a_report(city.bridge, "2020-05-31", {"built": 35}, evidence="A letter")
    draft.text = "Otherwise."
    draft.save()
    draft.readings.update(value=36)
    draft.evidence.all().delete()
    draft.readings.all().delete()
    Report.objects.filter(pk=draft.pk).update(held_on="2020-06-30")
    Report.objects.bulk_update([draft], ["text"])
    draft.delete()
    assert Report.objects.drafts().count() == 0


def test_a_draft_plan_is_built_and_taken_apart(city):
    plan = a_plan(city.bridge, a_project("road"), year=2021)
    an_outline(plan, "One point")
    measure = a_measure(a_task(plan, 2))
    measure.projects.add(city.bridge)
    measure.projects.set([])
    commitment = plan.series.get().commitments.get(project__slug="bridge")
    a_target(commitment, a_milestone(city.bridge, "painted"))
    commitment.milestones.clear()
    for rows in (Contribution, Target):
        rows.objects.drafts().delete()
    commitment.delete()
    assert list(differences()) == []


def test_drafts_are_created_in_bulk(city):
    days = ["2020-05-31", "2020-06-30"]
    Report.objects.bulk_create(Report(project=city.bridge, held_on=on, text="x", code=on) for on in days)
    assert Report.objects.drafts().count() == 2


def test_a_new_milestone_of_a_published_project_waits_for_its_own_plan(city):
    a_milestone(city.bridge, "painted")
    assert set(Milestone.objects.drafts().values_list("code", flat=True)) == {"painted"}


def test_what_is_published_stands_still_again_after_a_publication(city):
    with publishing():
        pass
    with refused():
        city.report.save()


def test_an_error_within_a_publication_closes_the_door_again(city):
    with pytest.raises(ZeroDivisionError), publishing():
        raise ZeroDivisionError
    with refused():
        city.report.save()


def test_only_what_is_public_is_published_and_only_from_its_day_on(city):
    a_report(city.bridge, "2020-07-31", {"built": 35}, evidence="A letter")
    first, last = city.report.published_on, day("2020-07-06")
    for model in (Report, MilestoneReading, Evidence):
        public = set(model.objects.published())
        assert public == set(model.objects.as_of(last))
        assert not model.objects.as_of(first - timedelta(1)).exists()
        assert public.isdisjoint(model.objects.drafts())
        assert public | set(model.objects.drafts()) == set(model.objects.all())
