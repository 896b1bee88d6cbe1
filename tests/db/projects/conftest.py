from types import SimpleNamespace

import pytest
from django.apps import apps

from ledger.guard import Guarded
from ledger.models import Entry
from tests.factories import (
    a_check,
    a_commitment,
    a_department,
    a_milestone,
    a_plan,
    a_project,
    a_redaction,
    a_report,
    a_reviewer,
    a_source,
    a_task_report,
    a_vote,
    an_addition,
    an_adjustment,
    an_evidence,
    an_indicator,
    an_indicator_reading,
    an_outline,
    day,
    published,
    with_paper,
)
from tests.loaded_cities import keep
from tests.small_city import a_picture


@pytest.fixture
def first(city):
    """One reviewer, and `second` another one."""
    return a_reviewer("first")


@pytest.fixture
def second(city):
    return a_reviewer("second")


@pytest.fixture
def face(tmp_path) -> bytes:
    return a_picture(tmp_path / "face.jpg").read_bytes()


@pytest.fixture
def draft_city(db) -> SimpleNamespace:
    """A small city before anything about it is public: one draft of every kind that needs no published one."""
    return keep("a city of drafts", _draft_city)


@pytest.fixture
def city(db) -> SimpleNamespace:
    """The same city with everything published, a row of every model that the guard watches."""
    return keep("a published city", _published_city)


def _draft_city() -> SimpleNamespace:
    a_reviewer("first-reviewer")
    works, parks = a_department("works-office"), a_department("parks-office")
    bridge = a_project("bridge", lead=works, partners=(parks,), investment=48_000_000)
    built = a_milestone(bridge, "built")
    opened = a_milestone(bridge, "opened", unit="piece", is_counted=True)
    plan = a_plan(bridge, targets={"opened": {"amount": 1, "pace": "STEP"}})
    outline = an_outline(plan, "Look first", "Then build")
    greenery = an_indicator(plan)
    report = a_report(bridge, "2020-04-30", {"built": 30, "opened": 0}, spent=9_000_000, problem="Rain.")
    photo = an_evidence(report, title="The bridge in April", content=b"%PDF-1 as it stood")
    return SimpleNamespace(
        works=works,
        parks=parks,
        bridge=bridge,
        built=built,
        opened=opened,
        to_build=built.targets.get(),
        to_open=opened.targets.get(),
        measure=plan.groups.get().tasks.get().measures.get(),
        plan=plan,
        outline=outline,
        greenery=greenery,
        report=report,
        photo=photo,
        source=a_source(),
    )


def _published_city() -> SimpleNamespace:
    city = _draft_city()
    published(city.works, "2020-03-01")
    published(city.parks, "2020-03-01")
    published(city.plan, "2020-03-05")
    published(city.report, "2020-05-08")
    city.postponement = published(an_adjustment(city.to_build, due_on="2021-06-30"), "2020-06-01")
    city.rewording = published(an_adjustment(city.plan, title="Plan of the year"), "2020-06-02")
    city.reading = published(an_indicator_reading(city.greenery, "2020-06-30", "34.5"), "2020-07-02")
    city.redaction = published(a_redaction(city.report, "problem"), "2020-07-03")
    city.addition = an_addition(city.plan)
    gate = a_project("gate", milestones=["built"], lead=a_department("gate-office"))
    city.gate = a_commitment(city.plan, gate, gate.milestones.get(), series="added", addition=city.addition)
    published(city.addition, "2020-07-04")
    published(a_report(gate, "2020-07-05", {"built": 100}, evidence="Acceptance record"), "2020-07-06")
    city.task_report = a_task_report(city.measure, "2020-07-06")
    an_evidence(city.task_report, title="Minutes", content=b"%PDF-1 of the meeting")
    published(city.task_report, "2020-07-07")
    city.check = a_check(city.gate, "2020-07-07")
    an_evidence(city.check, title="The gate in July", content=b"%PDF-1 of the gate")
    published(city.check, "2020-07-08")
    known = {"document_number": "No. 9", "document_on": day("2020-07-08")}
    city.vote = a_vote(city.gate, "2020-07-08", meeting="First session", evidence="")
    an_evidence(city.vote, title="What the deputies said", content=b"%PDF-1 of the ballots")
    published(city.vote, "2020-07-08")
    city.move = published(with_paper(an_adjustment(city.bridge, place="By the river", fields=known)), "2020-07-09")
    return city


def guarded_models() -> list[type[Guarded]]:
    """Every table that the guard watches."""
    found = [model for model in apps.get_models() if issubclass(model, Guarded)]
    return sorted(found, key=lambda model: model._meta.label)


def one_of_each() -> dict[str, Guarded]:
    """A row of every guarded model that has one."""
    rows = {model._meta.object_name: model.objects.order_by("pk").first() for model in guarded_models()}
    return {name: row for name, row in rows.items() if row is not None and not isinstance(row, Entry)}
