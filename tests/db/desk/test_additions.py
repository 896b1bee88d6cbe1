"""Rows of plans and additions in the admin: an administrator drafts, a reviewer publishes, adjustments follow."""

import pytest
import time_machine

from accounts.models import AuditAction, AuditRecord
from desk.contents import contents_of
from projects.models import Milestone
from projects.publishing import current_terms, submit
from tasks.models import Addition, Commitment, PlanAdjustment, Series, Target, Task
from tests.factories import a_commitment, a_milestone, a_project, a_task, an_addition, an_adjustment, moment, published
from tests.small_city import address, errors_of, filled_in, send, signed_in, told

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(moment("2020-06-25"), tick=False):
        yield


@pytest.fixture
def addition(city) -> Addition:
    return an_addition(city.plan, drafted_by=city.administrator)


def test_an_addition_is_drafted_with_its_rows_and_published_by_a_reviewer(city):
    administrator, reviewer = signed_in(city.administrator), signed_in(city.reviewer)
    adding = address(Addition, "add", f"?plan={city.plan.pk}")
    sent = filled_in(administrator.get(adding)) | {"title": "Promised in June", "reason": "Money came."}
    sent |= {"series-TOTAL_FORMS": "1", "series-0-number": "2", "series-0-code": "june", "series-0-counter": "件"}
    sent |= {"series-0-title": "In June", "series-0-short_title": "June", "series-0-noun": "pledge"}
    administrator.post(adding, sent)
    addition = Addition.objects.get()
    series = Series.objects.get(addition=addition)
    assert series.plan == city.plan
    project = a_project("school", milestones=["built"], leads=[city.works])
    page = administrator.get(address(Commitment, "add", f"?addition={addition.pk}"))
    row = {"series": series.pk, "number": 1, "addition": addition.pk, "project": project.pk, "goal": "FINISH"}
    sent = filled_in(page) | row | {"targets-TOTAL_FORMS": "1"} | target_data(project.milestones.get())
    response = administrator.post(address(Commitment, "add"), sent)
    assert response.status_code == 302, errors_of(response)
    commitment = Commitment.objects.get(project=project)
    target = commitment.targets.get()
    assert target.inferred == ["due_on", "pace"]
    assert reviewer.get(address(addition)).status_code == 200
    told_by = told(reviewer.post(address(addition, "publish"), follow=True))
    addition.refresh_from_db()
    assert addition.is_published, told_by
    commitment.refresh_from_db()
    assert commitment.entry == addition.entry


def target_data(milestone: Milestone, prefix: str = "targets-0-") -> dict:
    fields = {
        "milestone": milestone.pk,
        "amount": "210",
        "from_amount": "0",
        "starts_on": "2020-06-01",
        "due_on": "2020-12-31",
        "pace": "STEP",
        "weight": "1",
        "steps": "2020-09-30 80",
        "inferred": ["due_on", "pace"],
    }
    return {f"{prefix}{name}": value for name, value in fields.items()}


def test_a_row_of_a_published_plan_needs_its_addition(city, addition):
    administrator = signed_in(city.administrator)
    group = city.plan.groups.get()
    page = administrator.get(address(Task, "add"))
    sent = filled_in(page) | {"group": group.pk, "number": "7", "title": "Late task"}
    refused = administrator.post(address(Task, "add"), sent)
    assert "随哪一份追加" in str(errors_of(refused)["addition"])
    administrator.post(
        address(Task, "add"), sent | {"addition": addition.pk, "leads": ["parks-office", "works-office"]}
    )
    assert Task.objects.get(number=7).leads == ["parks-office", "works-office"]


def test_a_target_may_come_new_to_an_old_commitment(city, addition):
    administrator = signed_in(city.administrator)
    commitment = city.bridge.commitments.get()
    milestone = Milestone.objects.create(project=city.bridge, code="lamps", number=3, title="Lamps", unit="盏")
    sent = {"commitment": commitment.pk, "addition": addition.pk, **target_data(milestone, "")}
    response = administrator.post(address(Target, "add"), filled_in(administrator.get(address(Target, "add"))) | sent)
    assert response.status_code == 302, errors_of(response)
    assert [target.milestone for target in contents_of(addition).added] == [milestone]
    page = signed_in(city.reviewer).get(address(addition)).content.decode()
    assert "给已有承诺加的目标" in page


def test_the_reviewer_reads_all_that_an_addition_brings(city, addition):
    project = a_project("school")
    a_commitment(city.plan, project, a_milestone(project, title="Built"), series="june", addition=addition)
    a_task(city.plan, 7, title="Late task", addition=addition)
    page = signed_in(city.reviewer).get(address(addition)).content.decode()
    for words in ("school", "Late task", "没有写牵头部门", "Built"):
        assert words in page
    assert "The bridge" not in page


def test_an_addition_that_says_nothing_is_refused(city, addition):
    page = signed_in(city.reviewer).post(address(addition, "publish"), follow=True)
    assert any("还没有一件承诺" in text for text in told(page))


def test_a_target_is_adjusted_from_old_to_new(city):
    administrator, reviewer = signed_in(city.administrator), signed_in(city.reviewer)
    adding = address(PlanAdjustment, "add", f"?promise=target:{city.to_build.pk}")
    page = administrator.get(adding)
    assert "现在：2020-12-31" in page.content.decode()
    sent = filled_in(page) | {"new_due_on": "2021-06-30", "decided_on": "2020-06-20", "decided_by": "CONGRESS"}
    sent |= {"reason": "Rock.", "document": "Decision 7", "_submit": ""}
    send(administrator, administrator.post(adding, sent))
    change = PlanAdjustment.objects.get()
    assert change.changes == {"due_on": ["2020-12-31", "2021-06-30"]}
    card = reviewer.get("/admin/").content.decode()
    assert "人大或其常委会" in card
    reviewer.post(address(change, "publish"))
    change.refresh_from_db()
    assert change.entry.payload["kinds"] == {"due_on": "LOOSENED"}
    assert change.entry.payload["decided_by"] == "CONGRESS"
    assert current_terms(city.to_build)["due_on"].isoformat() == "2021-06-30"


def test_an_official_adjusts_the_targets_of_what_the_department_leads(city):
    official, other = signed_in(city.official), signed_in(city.other_official)
    adding = address(PlanAdjustment, "add", f"?promise=target:{city.to_build.pk}")
    assert other.get(adding).status_code == 404
    sent = filled_in(official.get(adding)) | {"new_amount": "80", "decided_on": "2020-06-20"}
    send(official, official.post(adding, sent | {"reason": "Rock.", "document": "Decision 7", "_submit": ""}))
    change = PlanAdjustment.objects.get()
    assert change.submitted_at
    assert other.get(address(change)).status_code == 302
    page = official.get(address(PlanAdjustment, "add")).content.decode()
    assert "The bridge" in page
    assert "The pool" not in page


def test_the_queue_says_what_a_change_does_to_the_promise(city):
    administrator = signed_in(city.administrator)
    commitment = city.bridge.commitments.get()
    adding = address(PlanAdjustment, "add", f"?promise=commitment:{commitment.pk}")
    sent = filled_in(administrator.get(adding)) | {"new_dropped": "on", "decided_on": "2020-06-20"}
    send(administrator, administrator.post(adding, sent | {"reason": "No money.", "document": "D", "_submit": ""}))
    assert "已取消" in signed_in(city.reviewer).get("/admin/").content.decode()


def test_one_decision_that_moves_several_promises_is_typed_once(city):
    """docs/rules.md: adjustments."""
    administrator, reviewer = signed_in(city.administrator), signed_in(city.reviewer)
    adding = address(PlanAdjustment, "add", f"?promise=target:{city.to_build.pk}")
    sent = filled_in(administrator.get(adding)) | {"new_due_on": "2021-06-30", "decided_on": "2020-06-20"}
    sent |= {"also": [city.to_fill.pk], "reason": "Rock.", "document": "Decision 7", "_save": ""}
    administrator.post(adding, sent)
    changes = PlanAdjustment.objects.order_by("pk")
    assert [change.target for change in changes] == [city.to_build, city.to_fill]
    for change in changes:
        assert change.changes == {"due_on": ["2020-12-31", "2021-06-30"]}
        assert (change.reason, change.document, change.drafted_by) == ("Rock.", "Decision 7", city.administrator)
        assert AuditRecord.objects.filter(kind=AuditAction.ADD, subject_key=f"tasks.planadjustment:{change.pk}")
        submit(change, by=city.administrator)
        reviewer.post(address(change, "publish"))
    assert len({change.entry_id for change in PlanAdjustment.objects.published()}) == 2


def test_what_can_not_be_moved_alike_is_said_and_nothing_is_drafted(city):
    official = signed_in(city.official)
    adding = address(PlanAdjustment, "add", f"?promise=target:{city.to_build.pk}")
    sent = filled_in(official.get(adding)) | {"new_amount": "120", "decided_on": "2020-06-20"}
    sent |= {"reason": "Rock.", "document": "Decision 7", "_save": ""}
    foreign = official.post(adding, sent | {"also": [city.to_fill.pk]})
    assert "also" in errors_of(foreign)
    published(an_adjustment(city.to_open, amount="120"), on="2020-06-24")
    same = official.post(adding, sent | {"also": [city.to_open.pk]})
    assert "Opened" in str(errors_of(same)["also"])
    assert not PlanAdjustment.objects.drafts().exists()
