"""How facts become public: who may, what is refused and why, and what a publication leaves behind."""

import hashlib

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from ledger import chain
from ledger.chain import PublicationError, head, moment_text
from ledger.guard import publishing
from ledger.models import Entry
from projects.models import Adjustment, Evidence, MilestoneReading, Redaction, Report, ReviewNote
from projects.publishing import (
    as_if_published,
    fact_of,
    has_person_published,
    publish,
    redactable,
    send_back,
    submit,
    withdraw,
)
from projects.snapshots import load_snapshots
from projects.verification import differences
from tests.factories import (
    a_correction,
    a_department,
    a_milestone,
    a_plan,
    a_project,
    a_redaction,
    a_report,
    a_reviewer,
    a_source,
    an_adjustment,
    an_administrator,
    an_editor,
    an_evidence,
    an_official,
    day,
    moment,
    published,
    published_by,
)

pytestmark = pytest.mark.both_databases

NOW = "2020-09-01"


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(moment(NOW), tick=False) as traveller:
        yield traveller


@pytest.fixture
def official(city):
    return an_official(city.works)


@pytest.fixture
def reviewer(db):
    return a_reviewer()


def refusal_of(fact, by=None) -> str:
    """Why the fact can't be published. Being refused leaves nothing behind."""
    before, entries = type(fact).objects.values().get(pk=fact.pk), Entry.objects.count()
    with pytest.raises(PublicationError) as refused:
        publish(fact, by=by)
    assert type(fact).objects.values().get(pk=fact.pk) == before
    assert Entry.objects.count() == entries
    return str(refused.value)


# Two people.
def test_a_reviewer_publishes_what_an_official_drafted(city, official, reviewer):
    """docs/rules.md: two-people."""
    report = published_by(a_report(city.bridge, "2020-08-31", {"built": 60}, by=official), reviewer)
    entry = head()
    assert (report.entry, report.drafted_by, report.published_by) == (entry, official, reviewer)
    assert (report.published_at, report.published_on) == (entry.at, day(NOW))
    assert (entry.at, entry.kind, entry.subject) == (moment(NOW), "report", "project:bridge")
    assert list(differences()) == []


def test_nobody_publishes_what_they_drafted(city):
    """docs/rules.md: two-people."""
    both = a_reviewer()
    assert "起草的人不能自己公布" in refusal_of(a_report(city.bridge, "2020-08-31", by=both), both)


def test_a_draft_of_nobody_is_published_by_nobody(city, reviewer):
    report = a_report(city.bridge, "2020-08-31", source=a_source())
    assert "没有起草人" in refusal_of(report, reviewer)


DRAFTS = {
    "report": lambda city, by: a_report(city.bridge, "2020-08-31", by=by),
    "adjustment": lambda city, by: an_adjustment(city.bridge, by=by, title="The new bridge"),
    "department": lambda city, by: a_department("roads-office", drafted_by=by),
}


@pytest.mark.parametrize("kind", DRAFTS)
@pytest.mark.parametrize("person", [an_official, an_administrator, an_editor])
def test_only_reviewers_publish(city, kind, person):
    draft = DRAFTS[kind](city, a_reviewer("drafter"))
    assert "您没有公布的权限" in refusal_of(draft, person())
    assert published_by(draft, a_reviewer()).is_published


def test_whoever_has_no_account_left_publishes_nothing(city, official, reviewer):
    reviewer.is_active = False
    reviewer.save()
    assert "您没有公布的权限" in refusal_of(a_report(city.bridge, "2020-08-31", by=official), reviewer)


def test_the_database_itself_wants_two_people(city, official):
    """docs/rules.md: two-people."""
    report = a_report(city.bridge, "2020-08-31", by=official)
    public = {"entry": city.report.entry, "published_at": city.report.published_at, "published_on": day(NOW)}
    for people in ({"published_by": official}, {"published_by": None}):
        with pytest.raises(IntegrityError), transaction.atomic(), publishing():
            Report.objects.filter(pk=report.pk).update(**public, **people)


# Loaded facts.
def test_a_loaded_fact_becomes_public_at_its_own_moment(city):
    report = published(a_report(city.bridge, "2020-07-31"), "2020-08-05", "23:30")
    assert report.published_at == report.entry.at == moment("2020-08-05", "23:30")
    assert (report.published_on, report.published_by) == (day("2020-08-05"), None)
    assert moment_text(report.entry.at) == "2020-08-05T15:30:00.000000Z"


def test_the_day_of_publication_is_the_day_in_shanghai(city):
    assert published(a_report(city.bridge, "2020-07-31"), "2020-08-05", "00:10").published_on == day("2020-08-05")


def test_a_fact_without_person_and_without_moment_is_not_published(city):
    assert "没有公布人，也没有载入的公布时间" in refusal_of(a_report(city.bridge, "2020-07-31", source=a_source()))


def test_a_loaded_fact_needs_a_source(city):
    """docs/rules.md: two-people."""
    report = a_report(city.bridge, "2020-07-31", release_at=moment("2020-08-05"))
    assert "资料来源" in refusal_of(report)


def test_a_loaded_fact_is_not_published_before_its_moment_has_come(city):
    report = a_report(city.bridge, "2020-08-31", source=a_source(), release_at=moment("2020-09-02"))
    assert "还没到" in refusal_of(report)


def test_a_loaded_fact_older_than_the_record_is_refused(city):
    """docs/rules.md: moment."""
    report = a_report(city.bridge, "2020-05-31", source=a_source(), release_at=moment("2020-06-05"))
    assert "先后顺序" in refusal_of(report)


def test_people_publish_nothing_while_the_clock_is_wrong(city, official, reviewer, now):
    """docs/rules.md: moment."""
    report = a_report(city.bridge, "2020-05-31", by=official)
    now.move_to(moment("2020-07-01"))
    assert "校准时钟" in refusal_of(report, reviewer)


def test_a_source_becomes_public_with_the_first_fact_that_cites_it(city):
    """docs/rules.md: entry."""
    letter = a_source("letter")
    first = published(a_report(city.bridge, "2020-07-31", source=letter), "2020-08-05")
    second = published(a_report(city.bridge, "2020-08-20", source=letter), "2020-08-21")
    letter.refresh_from_db()
    assert (letter.entry, letter.published_at) == (first.entry, first.published_at)
    assert second.entry.payload["source"] == first.entry.payload["source"] == letter.payload()


def test_whether_a_person_has_published_anything_is_known(city, official, reviewer):
    assert not has_person_published()
    published_by(a_report(city.bridge, "2020-08-31", by=official), reviewer)
    assert has_person_published()


# What a publication writes.
def test_the_entry_of_a_report_carries_its_figures_and_salted_digests_of_its_words(city, official, reviewer):
    """docs/rules.md: entry, digests."""
    report = a_report(
        city.bridge, "2020-08-31", {"built": "62.50", "opened": 0}, by=official, spent=12_000_000, next_step="Paint it."
    )
    photo = an_evidence(report, title="In August", content=b"%PDF-1 in August")
    report = published_by(report, reviewer)
    photo.refresh_from_db()

    def salted(salt: str, content: bytes) -> str:
        return hashlib.sha256(salt.encode() + content).hexdigest()

    assert report.entry.payload == {
        "form": 2,
        "project": "bridge",
        "held_on": "2020-08-31",
        "delay": "",
        "readings": {"bridge/built": "62.5", "bridge/opened": "0"},
        "spent": 12_000_000,
        "corrects": None,
        "is_over_target_confirmed": False,
        "texts": {
            "text": salted(report.salts["text"], b"How it stood on 2020-08-31."),
            "next_step": salted(report.salts["next_step"], b"Paint it."),
        },
        "evidence": [
            {
                "position": 1,
                "kind": "DOCUMENT",
                "title": salted(photo.salt, b"In August"),
                "file": salted(photo.salt, b"%PDF-1 in August"),
            }
        ],
        "source": None,
        "acts": report.acts,
    }
    assert len({*report.salts.values(), photo.salt}) == 3


def test_what_is_published_is_read_again_from_the_database(city, official, reviewer):
    """docs/rules.md: payload."""
    report = a_report(city.bridge, "2020-08-31", by=official)
    report.text = "Changed in memory alone."
    published_by(report, reviewer)
    assert report.text == "How it stood on 2020-08-31."


def test_a_fact_is_published_once(city, official, reviewer):
    report = published_by(a_report(city.bridge, "2020-08-31", by=official), reviewer)
    assert "已经公布过了" in refusal_of(report, reviewer)


def test_an_error_on_the_way_leaves_nothing_behind(city, official, reviewer, monkeypatch):
    def broken(**_):
        raise ZeroDivisionError

    report = a_report(city.bridge, "2020-08-31", by=official, evidence="A letter")
    monkeypatch.setattr(chain, "append", broken)
    with pytest.raises(ZeroDivisionError):
        publish(report, by=reviewer)
    report.refresh_from_db()
    assert (report.is_published, report.salts, report.evidence.get().salt) == (False, {}, "")


def test_every_reason_is_given_at_once(city, official, reviewer):
    report = a_report(city.bridge, "2020-08-31", {"built": 20, "opened": 2}, by=official, spent=1)
    reasons = refusal_of(report, reviewer)
    assert all(
        part in reasons for part in ("小于上一次的 30", "超过目标 1 piece", "要附佐证材料", "小于上一次的 900万元")
    )


def test_an_incomplete_draft_is_refused_with_the_name_of_the_field(city, official, reviewer):
    report = a_report(city.bridge, "2020-08-31", by=official, text="")
    assert "进展：" in refusal_of(report, reviewer)


# Submitting and returning.
@pytest.fixture
def unsubmitted(city, official):
    report = a_report(city.bridge, "2020-08-31", {"built": 60}, by=official)
    Report.objects.filter(pk=report.pk).update(submitted_at=None)
    return report


def test_a_report_is_submitted_before_it_is_published(unsubmitted, official, reviewer):
    assert "还没有送审" in refusal_of(unsubmitted, reviewer)
    submit(unsubmitted, by=official)
    assert published_by(unsubmitted, reviewer).submitted_at == moment(NOW)


def test_what_could_not_be_published_is_not_submitted(unsubmitted, official):
    unsubmitted.readings.update(value=20)
    with pytest.raises(PublicationError, match="小于上一次的 30"):
        submit(unsubmitted, by=official)
    unsubmitted.refresh_from_db()
    assert unsubmitted.submitted_at is None


def test_a_report_is_submitted_once(unsubmitted, official):
    submit(unsubmitted, by=official)
    with pytest.raises(PublicationError, match="已经送审"):
        submit(unsubmitted, by=official)


def test_a_reviewer_returns_a_report_with_a_note_and_it_comes_back_mended(unsubmitted, official, reviewer):
    submit(unsubmitted, by=official)
    send_back(unsubmitted, by=reviewer, text=" Say what it cost. ")
    unsubmitted.refresh_from_db()
    note = ReviewNote.objects.get()
    assert (unsubmitted.submitted_at, note.text, note.by) == (None, "Say what it cost.", reviewer)
    submit(unsubmitted, by=official)
    assert published_by(unsubmitted, reviewer).is_published


def test_a_report_is_not_returned_without_a_word_nor_by_just_anyone(unsubmitted, official, reviewer):
    with pytest.raises(PublicationError, match="送审中"):
        send_back(unsubmitted, by=reviewer, text="Too early.")
    submit(unsubmitted, by=official)
    with pytest.raises(PublicationError, match="意见"):
        send_back(unsubmitted, by=reviewer, text="  ")
    with pytest.raises(PublicationError, match="权限"):
        send_back(unsubmitted, by=official, text="Not good.")
    assert not ReviewNote.objects.exists()


def test_what_is_public_is_neither_submitted_nor_withdrawn_nor_returned(city, official, reviewer):
    with pytest.raises(PublicationError):
        submit(city.report, by=official)
    with pytest.raises(PublicationError, match="起草“更正”"):
        withdraw(city.report, by=official)
    with pytest.raises(PublicationError):
        send_back(city.report, by=reviewer, text="Too late.")


def test_anybody_of_the_department_takes_back_what_is_submitted(unsubmitted, city, official, reviewer):
    colleague = an_official(city.works, name="colleague")
    with pytest.raises(PublicationError, match="已经是草稿"):
        withdraw(unsubmitted, by=colleague)
    submit(unsubmitted, by=official)
    unsubmitted.refresh_from_db()
    assert unsubmitted.submitted_by == official
    for stranger in (an_official(city.parks, name="stranger"), reviewer, an_editor()):
        with pytest.raises(PublicationError, match="只有牵头部门"):
            withdraw(unsubmitted, by=stranger)
    withdraw(unsubmitted, by=colleague)
    unsubmitted.refresh_from_db()
    assert (unsubmitted.submitted_at, unsubmitted.submitted_by) == (None, None)
    assert "还没有送审" in refusal_of(unsubmitted, reviewer)


# One submitted report about a day.
def test_of_two_reports_about_one_day_the_second_is_told_who_sent_the_first(unsubmitted, city, official):
    colleague = an_official(city.works, name="colleague")
    colleague.first_name = "李四"
    colleague.save()
    other = a_report(city.bridge, "2020-08-31", {"built": 61})
    other.drafted_by = official
    other.save()
    submit(unsubmitted, by=colleague)
    with pytest.raises(PublicationError) as refused:
        submit(other, by=official)
    told = "2020-08-31 的数据已经送审（李四，2020-09-01 12:00），等审核。同一天只送一份：要改，请先撤回那一份。"
    assert list(refused.value.messages) == [told]
    with pytest.raises(PublicationError, match="已经送审（李四，2020-09-01 12:00），不用再送"):
        submit(unsubmitted, by=official)
    withdraw(unsubmitted, by=official)
    submit(other, by=official)


def test_the_database_itself_wants_one_submitted_report_about_a_day(unsubmitted, city, official, reviewer):
    a_report(city.bridge, "2020-07-31", by=official)
    with pytest.raises(IntegrityError), transaction.atomic():
        a_report(city.bridge, "2020-07-31", by=official)
    a_report(city.bridge, "2020-08-31", by=official)  # beside a draft


def test_what_is_public_leaves_room_for_its_correction(city, official, reviewer):
    wrong = published_by(a_report(city.bridge, "2020-08-31", {"built": 60}, by=official), reviewer)
    correction = published_by(a_correction(wrong, {"built": 61}, by=official), reviewer)
    a_correction(correction, {"built": 62}, by=official)
    assert list(differences()) == []


def test_a_preview_beside_a_submitted_report_is_refused(unsubmitted, city, official):
    a_report(city.bridge, "2020-08-31", {"built": 61}, by=official)
    with pytest.raises(PublicationError, match="同一天只送一份"), as_if_published(unsubmitted):
        pass


# A day long before the promise of 2020-03-05. The first milestone begins on 2020-01-01.
@pytest.mark.parametrize(
    ("held_on", "is_refused"),
    [("2016-11-28", True), ("2019-11-30", True), ("2019-12-01", False), ("2020-03-04", False)],
)
def test_a_day_long_before_the_promise_is_refused(city, official, held_on, is_refused):
    """docs/rules.md: too-early."""
    draft = a_report(city.bridge, held_on, {"built": 10})
    draft.drafted_by = official
    draft.save()
    if is_refused:
        with pytest.raises(PublicationError, match=f"{held_on} 太早了：承诺 2020-03-05 公布，最早从 2020-01-01 开始"):
            submit(draft, by=official)
    else:
        submit(draft, by=official)


# The order of values. The city has 30 % and 9 million on 2020-04-30.
@pytest.fixture
def june(city):
    return published(a_report(city.bridge, "2020-06-30", {"built": 60}, spent=20_000_000), "2020-07-10")


# fmt: off
ORDER = [
    pytest.param("2020-03-31", {"built": 30}, 9_000_000, None, id="before the first: as much as it"),
    pytest.param("2020-03-31", {"built": "30.0001"}, None, "大于后一次的 30", id="before the first: more than it"),
    pytest.param("2020-03-31", {}, 9_000_001, "完成投资：累计数 900.0001万元（9,000,001 元） 大于后一次的 900万元", id="before the first: more spent"),
    pytest.param("2020-05-31", {"built": 30}, 9_000_000, None, id="between: as before"),
    pytest.param("2020-05-31", {"built": 60}, 20_000_000, None, id="between: as after"),
    pytest.param("2020-05-31", {"built": "29.9999"}, None, "小于上一次的 30", id="between: less than before"),
    pytest.param("2020-05-31", {"built": 61}, None, "大于后一次的 60", id="between: more than after"),
    pytest.param("2020-05-31", {}, 21_000_000, "大于后一次的 2000万元", id="between: more spent than after"),
    pytest.param("2020-07-31", {"built": 60}, 20_000_000, None, id="last: as before"),
    pytest.param("2020-07-31", {"built": 59}, None, "小于上一次的 60", id="last: less than before"),
    pytest.param("2020-07-31", {}, 19_000_000, "小于上一次的 2000万元", id="last: less spent"),
    pytest.param("2020-07-31", {"opened": 0}, None, None, id="a neighbour that does not speak of it is passed over"),
    pytest.param("2020-07-31", {}, None, None, id="nothing said, nothing compared"),
    pytest.param("2020-09-01", {"built": 60}, None, None, id="held today"),
    pytest.param("2020-09-02", {"built": 60}, None, "数据日期 2020-09-02 还没到", id="held tomorrow"),
    pytest.param("2020-06-30", {"built": 60}, None, "已有一份报告", id="a second one of the same day"),
]
# fmt: on


@pytest.mark.parametrize(("held_on", "readings", "spent", "reason"), ORDER)
def test_values_lie_between_those_of_the_neighbouring_days(
    city, june, official, reviewer, held_on, readings, spent, reason
):
    """docs/rules.md: order."""
    report = a_report(city.bridge, held_on, readings, by=official, spent=spent)
    if reason:
        assert reason in refusal_of(report, reviewer)
    else:
        assert published_by(report, reviewer).is_published


def test_another_project_has_its_own_order_and_its_own_days(city, june, official, reviewer):
    road = a_project("road", milestones=("paved",))
    published(a_plan(road, year=2021, targets={"paved": {"starts_on": "2020-01-01"}}), "2020-08-01")
    assert published_by(a_report(road, "2020-06-30", {"paved": 1}, by=official), reviewer).is_published


def test_a_draft_of_the_same_day_is_in_nobodys_way(city, official, reviewer):
    a_report(city.bridge, "2020-08-31", {"built": 90})
    assert published_by(a_report(city.bridge, "2020-08-31", {"built": 60}, by=official), reviewer).is_published


def test_a_report_speaks_of_its_own_public_milestones_only(city, official, reviewer):
    foreign = a_milestone(a_project("road"), "paved")
    own_draft = a_milestone(city.bridge, "painted")
    for held_on, milestone in (("2020-08-30", foreign), ("2020-08-31", own_draft)):
        report = a_report(city.bridge, held_on, by=official)
        MilestoneReading.objects.create(report=report, milestone=milestone, value=1)
        assert "不是这个项目已公布的节点" in refusal_of(report, reviewer)


def test_a_project_that_is_not_public_has_no_reports(city, official, reviewer):
    assert "项目“road”还没有公布" in refusal_of(a_report(a_project("road"), "2020-08-31", by=official), reviewer)


def test_a_dropped_milestone_is_reported_no_more(city, official, reviewer):
    """docs/rules.md: adjustments."""
    published(an_adjustment(city.to_open, dropped=True), "2020-08-01")
    assert "已经取消" in refusal_of(a_report(city.bridge, "2020-08-31", {"opened": 0}, by=official), reviewer)


def test_nothing_of_a_dropped_commitment_is_reported_any_more(city, official, reviewer):
    published(an_adjustment(city.to_open.commitment, dropped=True), "2020-08-01")
    assert "已经取消" in refusal_of(a_report(city.bridge, "2020-08-31", {"built": 40}, by=official), reviewer)


def test_a_correction_may_repeat_what_was_said_before_it_was_dropped(city, official, reviewer):
    """docs/rules.md: adjustments, correction."""
    published(an_adjustment(city.to_open, dropped=True), "2020-08-01")
    correction = a_correction(city.report, {"built": 25, "opened": 0}, by=official)
    assert published_by(correction, reviewer).readings.count() == 2


# Above the target, above the investment, at the target.
@pytest.mark.parametrize(
    ("value", "confirmed", "reason"),
    [
        pytest.param("100.0001", False, "超过目标 100 %", id="above"),
        pytest.param("100.0001", True, None, id="above, confirmed"),
        pytest.param("100", False, None, id="exactly the target"),
    ],
)
def test_more_than_promised_is_confirmed(city, official, reviewer, value, confirmed, reason):
    """docs/rules.md: order."""
    report = a_report(
        city.bridge, "2020-08-31", {"built": value}, by=official, evidence="Record", is_over_target_confirmed=confirmed
    )
    if reason:
        assert reason in refusal_of(report, reviewer)
    else:
        assert published_by(report, reviewer).entry.payload["is_over_target_confirmed"] is confirmed


def test_the_target_in_force_is_the_one_that_counts(city, official, reviewer):
    published(an_adjustment(city.to_build, amount="120"), "2020-08-01")
    report = a_report(city.bridge, "2020-08-31", {"built": 110}, by=official)
    assert published_by(report, reviewer).is_published
    assert "超过目标 120 %" in refusal_of(a_report(city.bridge, "2020-09-01", {"built": 121}, by=official), reviewer)


@pytest.mark.parametrize(
    ("spent", "reason_given", "reason"),
    [
        pytest.param(48_000_001, "", "超过了总投资", id="above"),
        pytest.param(48_000_001, "  ", "超过了总投资", id="above, an empty reason"),
        pytest.param(48_000_001, "Steel was dear.", None, id="above, with a reason"),
        pytest.param(48_000_000, "", None, id="exactly the investment"),
    ],
)
def test_spending_more_than_was_to_be_invested_needs_a_reason(city, official, reviewer, spent, reason_given, reason):
    """docs/rules.md: order."""
    report = a_report(city.bridge, "2020-08-31", by=official, spent=spent, over_investment_reason=reason_given)
    if reason:
        assert reason in refusal_of(report, reviewer)
    else:
        assert published_by(report, reviewer).spent == spent


def test_where_no_investment_is_published_any_spending_may_be_reported(city, official, reviewer):
    road = a_project("road", milestones=("paved",))
    published(a_plan(road, year=2021), "2020-08-01")
    assert published_by(a_report(road, "2020-08-31", by=official, spent=10**12), reviewer).is_published


NEEDS_EVIDENCE = "要附佐证材料"


def test_a_report_by_which_a_milestone_is_reached_needs_evidence(city, official, reviewer):
    """docs/rules.md: evidence."""
    report = a_report(city.bridge, "2020-08-31", {"built": 100}, by=official)
    assert NEEDS_EVIDENCE in refusal_of(report, reviewer)
    an_evidence(report, title="Acceptance record 12")
    assert published_by(report, reviewer).is_published


@pytest.fixture
def reached(city):
    return published(a_report(city.bridge, "2020-07-31", {"built": 100}, evidence="Acceptance record"), "2020-08-05")


def test_a_later_report_that_it_is_still_reached_needs_none(city, reached, official, reviewer):
    assert published_by(a_report(city.bridge, "2020-08-31", {"built": 100}, by=official), reviewer).is_published


def test_an_earlier_report_that_it_was_reached_before_needs_its_own(city, reached, official, reviewer):
    report = a_report(city.bridge, "2020-06-30", {"built": 100}, by=official)
    assert NEEDS_EVIDENCE in refusal_of(report, reviewer)


def test_a_correction_of_the_report_that_reached_it_needs_its_own(city, reached, official, reviewer):
    correction = a_correction(reached, {"built": 100}, by=official)
    assert NEEDS_EVIDENCE in refusal_of(correction, reviewer)


def test_evidence_is_what_it_says(city, official, reviewer):
    """docs/rules.md: evidence."""
    report = a_report(city.bridge, "2020-08-31", by=official)
    an_evidence(report, kind="PHOTO", title="No photo")
    an_evidence(report, kind="LINK", title="No address")
    lost = an_evidence(report, title="Lost", content=b"%PDF-1")
    default_storage.delete(lost.file.name)
    reasons = refusal_of(report, reviewer)
    assert all(part in reasons for part in ("“No photo”没有照片", "“No address”没有网址", "“Lost”的文件不见了"))


# Corrections.
def snapshot_of(city, on: str):
    return load_snapshots(type(city.bridge).objects.filter(pk=city.bridge.pk), day(on))[city.bridge.pk]


def test_a_correction_replaces_the_whole_fact(city, official, reviewer):
    """docs/rules.md: correction."""
    correction = a_correction(city.report, {"built": 25}, by=official, text="It was a quarter.")
    entry = published_by(correction, reviewer).entry
    assert (entry.kind, entry.payload["corrects"]) == ("correction", city.report.entry_id)
    before, after = snapshot_of(city, "2020-08-31"), snapshot_of(city, NOW)
    assert [len(milestone.readings) for milestone in before.milestones] == [1, 1]
    assert [len(milestone.readings) for milestone in after.milestones] == [1, 0]
    assert (before.spent, after.spent) == (9_000_000, None)
    assert after.latest_report == correction
    assert [known.report for known in after.reports] == [city.report, correction]


def test_a_correction_without_readings_withdraws(city, official, reviewer):
    """docs/rules.md: correction."""
    correction = published_by(a_correction(city.report, by=official, text="Nothing was measured."), reviewer)
    snapshot = snapshot_of(city, NOW)
    assert snapshot.reports[-1].report == correction
    assert snapshot.reports[-1].is_withdrawal
    assert (snapshot.latest_report, snapshot.spent) == (None, None)
    assert all(milestone.readings == () for milestone in snapshot.milestones)


def test_what_had_no_readings_is_corrected_and_not_withdrawn(city, official, reviewer):
    told = published_by(a_report(city.bridge, "2020-07-31", by=official, spent=9_100_000), reviewer)
    again = published_by(a_correction(told, by=official, spent=9_200_000, text="Counted again."), reviewer)
    snapshot = snapshot_of(city, NOW)
    assert [known.is_withdrawal for known in snapshot.reports[-2:]] == [False, False]
    assert (snapshot.latest_report, snapshot.spent) == (again, 9_200_000)


def test_a_withdrawal_whose_words_are_corrected_still_withdraws(city, official, reviewer):
    withdrawn = published_by(a_correction(city.report, by=official, text="Nothing was measured."), reviewer)
    published_by(a_correction(withdrawn, by=official, text="Nothing at all was measured."), reviewer)
    snapshot = snapshot_of(city, NOW)
    assert snapshot.reports[-1].is_withdrawal
    assert snapshot.latest_report is None


def test_a_correction_is_measured_without_the_report_it_replaces(city, june, official, reviewer):
    correction = a_correction(june, {"built": 31}, by=official, spent=9_000_000)
    assert published_by(correction, reviewer).is_published


def test_a_correction_keeps_to_the_order_of_the_others(city, june, official, reviewer):
    assert "小于上一次的 30" in refusal_of(a_correction(june, {"built": 29}, by=official), reviewer)
    assert "大于后一次的 60" in refusal_of(a_correction(city.report, {"built": 61}, by=official), reviewer)


def test_a_correction_may_say_that_it_was_another_day_but_no_taken_one(city, june, official, reviewer):
    assert "已有一份报告" in refusal_of(a_correction(june, {"built": 60}, held_on="2020-04-30", by=official), reviewer)
    Report.objects.drafts().get().readings.all().delete()
    Report.objects.drafts().delete()
    moved = published_by(a_correction(june, {"built": 60}, held_on="2020-06-15", by=official), reviewer)
    assert published_by(a_report(city.bridge, "2020-06-30", {"built": 60}, by=official), reviewer).is_published
    assert moved.held_on == day("2020-06-15")


def test_the_newest_version_is_corrected_and_each_once(city, official, reviewer):
    """docs/rules.md: correction."""
    first = published_by(a_correction(city.report, {"built": 25}, by=official), reviewer)
    with pytest.raises(IntegrityError), transaction.atomic():
        a_correction(city.report, {"built": 26}, by=official)
    second = published_by(a_correction(first, {"built": 26}, by=official), reviewer)
    readings = snapshot_of(city, NOW).milestones[0].readings
    assert [(reading.report, reading.value) for reading in readings] == [(second, 26)]


def test_a_correction_gives_its_reason(city, official, reviewer):
    """docs/rules.md: correction."""
    correction = a_correction(city.report, by=official, correction_reason=" ")
    assert "更正要写明原因" in refusal_of(correction, reviewer)


def test_a_correction_concerns_the_same_project(city, official, reviewer):
    """docs/rules.md: correction."""
    road = a_project("road", milestones=("paved",))
    published(a_plan(road, year=2021), "2020-08-01")
    report = a_report(road, "2020-08-31", by=official, corrects=city.report, correction_reason="Wrong project.")
    assert "只能更正同一个项目的" in refusal_of(report, reviewer)


def test_a_draft_is_changed_not_corrected(city, official, reviewer):
    draft = a_report(city.bridge, "2020-08-31")
    assert "被更正的那一份还没有公布" in refusal_of(a_correction(draft, by=official), reviewer)


# Adjustments. `built` is due on 2021-06-30 instead of 2020-12-31 already.
# fmt: off
CHANGES = [
    pytest.param("to_open", {"due_on": ["2020-12-31", "2021-03-31"]}, None, id="another day"),
    pytest.param("to_open", {"due_on": ["2020-12-31", "2020-01-01"]}, None, id="the day it starts"),
    pytest.param("to_open", {"due_on": ["2020-12-31", "2019-12-31"]}, "不能早于开始日期 2020-01-01", id="a day before it starts"),
    pytest.param("to_build", {"due_on": ["2020-12-31", "2021-12-31"]}, "现在是 2021-06-30", id="from what is no longer in force"),
    pytest.param("to_build", {"due_on": ["2021-06-30", "2021-12-31"]}, None, id="from what is in force"),
    pytest.param("to_open", {"due_on": ["2020-12-31", "2020-12-31"]}, "没有变化", id="nothing new"),
    pytest.param("opened", {}, "改动：", id="nothing at all"),
    pytest.param("to_open", {"due_on": ["2020-12-31", "2021-02-30"]}, "日期的写法", id="no day"),
    pytest.param("to_open", {"due_on": ["2020-12-31", "20210331"]}, "日期的写法", id="a day written otherwise"),
    pytest.param("to_open", {"due_on": ["2020-12-31", "2021-W13-3"]}, "日期的写法", id="a day of a week"),
    pytest.param("to_open", {"due_on": ["2020-12-31", None]}, "日期的写法", id="no due day"),
    pytest.param("to_open", {"amount": ["1", "2.5"]}, None, id="another target"),
    pytest.param("to_open", {"amount": ["1", "0"]}, "大于 0", id="target zero"),
    pytest.param("to_open", {"amount": ["1", "-1"]}, "大于 0", id="target below zero"),
    pytest.param("to_open", {"amount": ["1", "0.00001"]}, "最多四位小数", id="too fine a target"),
    pytest.param("to_open", {"amount": ["1", "1" + "0" * 30]}, "大于 0", id="too large a target"),
    pytest.param("to_open", {"amount": ["1", "1e30"]}, "大于 0", id="far too large a target"),
    pytest.param("to_open", {"amount": ["1", "NaN"]}, "大于 0", id="no number"),
    pytest.param("to_open", {"amount": ["1", 2]}, "大于 0", id="a target that is not written as text"),
    pytest.param("to_open", {"amount": ["1", "2.50"]}, "末尾不带 0", id="a target with a trailing zero"),
    pytest.param("to_open", {"amount": ["1", "2e1"]}, "末尾不带 0", id="a target with an exponent"),
    pytest.param("to_open", {"amount": ["1", "+2"]}, "末尾不带 0", id="a target with a sign"),
    pytest.param("to_open", {"amount": ["1", "２"]}, "末尾不带 0", id="a target in wide digits"),
    pytest.param("to_open", {"amount": ["1", "2_0"]}, "末尾不带 0", id="a target with an underscore"),
    pytest.param("to_open", {"weight": ["1", "2"]}, "“weight”不是能调整的内容", id="what is not adjusted"),
    pytest.param("opened", {"leads": [[], ["nobody"]]}, "“leads”不是能调整的内容", id="what another promise has"),
    pytest.param("bridge", {"leads": [["works-office"], [""]]}, "没有代号是“”的部门", id="a lead without a name"),
    pytest.param("opened", {"nonsense": [1, 2]}, "“nonsense”不是能调整的内容", id="what does not exist"),
    pytest.param("to_open", {"due_on": "2021-03-31"}, "改动要写成", id="no old and new"),
    pytest.param("to_open", {"due_on": ["2020-12-31"]}, "改动要写成", id="no new"),
    pytest.param("to_open", {"dropped": [False, True]}, None, id="dropped"),
    pytest.param("to_open", {"dropped": [0, True]}, "已经变了", id="a zero is not a no"),
    pytest.param("to_open", {"dropped": [False, 1]}, "只能是", id="a one is not a yes"),
    pytest.param("opened", {"title": ["opened", "In use"], "noun": ["", "gate"]}, None, id="two at once"),
    pytest.param("opened", {"title": ["opened", " "]}, "不能是空的", id="no title"),
    pytest.param("opened", {"title": ["opened", "x" * 101]}, "最多 100 个字", id="too long a title"),
    pytest.param("bridge", {"investment": [48000000, 60000000]}, None, id="investment"),
    pytest.param("bridge", {"investment": [48000000, None]}, "已经公布的不能改成空的", id="investment withdrawn"),
    pytest.param("bridge", {"investment": [48000000, -1]}, "大于 0 的整数", id="investment below zero"),
    pytest.param("bridge", {"investment": [48000000, 6.5]}, "大于 0 的整数", id="investment in parts of a yuan"),
    pytest.param("bridge", {"investment": [48000000, 0]}, "大于 0 的整数", id="an investment of nothing"),
    pytest.param("bridge", {"investment": [48000000.0, 60000000]}, "已经变了", id="investment from a float"),
    pytest.param("bridge", {"investment": ["48000000", 60000000]}, "已经变了", id="investment from text"),
    pytest.param("bridge", {"leads": [["works-office"], ["parks-office"]]}, None, id="another lead"),
    pytest.param("bridge", {"leads": [["works-office"], []]}, "已经公布的不能改成空的", id="no lead any more"),
    pytest.param("bridge", {"leads": [["works-office"], ["works-office", "roads-office"]]}, "牵头部门：部门“roads-office”还没有公布", id="a lead that is not public"),
    pytest.param("bridge", {"leads": [["works-office"], ["nobody"]]}, "没有代号是“nobody”的部门", id="a lead that does not exist"),
    pytest.param("bridge", {"leads": [["works-office"]]}, "改动要写成", id="a lead without new"),
    pytest.param("bridge", {"leads": [["works-office"], [7]]}, "部门要用它们的代号", id="a lead by number"),
    pytest.param("bridge", {"leads": [["works-office"], ["parks-office", "parks-office"]]}, "每个部门只写一次", id="a lead twice"),
    pytest.param("bridge", {"partners": [["parks-office"], []]}, "已经公布的不能改成空的", id="no partners any more"),
    pytest.param("bridge", {"partners": [["parks-office"], ["parks-office", "works-office"]]}, None, id="one more partner"),
    pytest.param("bridge", {"partners": [["parks-office"], ["roads-office"]]}, "配合部门：部门“roads-office”还没有公布", id="a partner that is not public"),
    pytest.param("bridge", {"partners": [["parks-office"], "works-office"]}, "部门要用它们的代号", id="partners that are no list"),
    pytest.param("bridge", {"slug": ["bridge", "the-bridge"]}, "不是能调整的内容", id="an address stays"),
    pytest.param("works", {"phone": ["0000-100", "0000-200"]}, None, id="a department's phone"),
    pytest.param("works", {"phone": ["0000-100", ""]}, "已经公布的不能改成空的", id="a phone withdrawn"),
    pytest.param("works", {"name": ["works-office", ""]}, "不能是空的", id="a department without name"),
]
# fmt: on


@pytest.mark.parametrize(("promise", "changes", "reason"), CHANGES)
def test_a_change_starts_from_what_is_in_force_and_brings_what_the_field_can_hold(
    city, official, reviewer, promise, changes, reason
):
    """docs/rules.md: adjustments."""
    a_department("roads-office")
    adjustment = an_adjustment(getattr(city, promise), by=official, fields={"changes": changes})
    if reason:
        assert reason in refusal_of(adjustment, reviewer)
    else:
        entry = published_by(adjustment, reviewer).entry
        assert (entry.kind, entry.subject) == ("adjustment", getattr(city, promise).address)
        assert entry.payload["changes"] == changes
        assert list(differences()) == []


def test_of_two_adjustments_drafted_from_the_same_state_the_second_is_refused(city, official, reviewer):
    first = an_adjustment(city.to_open, by=official, due_on="2021-03-31")
    second = an_adjustment(city.to_open, by=official, due_on="2021-04-30")
    published_by(first, reviewer)
    assert "现在是 2021-03-31" in refusal_of(second, reviewer)


def test_what_is_dropped_is_not_taken_up_again(city, official, reviewer):
    """docs/rules.md: adjustments."""
    published_by(an_adjustment(city.to_open, by=official, dropped=True), reviewer)
    assert "取消了的不能恢复" in refusal_of(an_adjustment(city.to_open, by=official, dropped=False), reviewer)


def test_an_adjustment_was_decided_before_it_is_published(city, official, reviewer):
    tomorrow = {"decided_on": day("2020-09-02")}
    assert "决定日期 2020-09-02 还没到" in refusal_of(
        an_adjustment(city.to_open, by=official, due_on="2021-03-31", fields=tomorrow), reviewer
    )


@pytest.mark.parametrize("field", ["reason", "document"])
def test_an_adjustment_gives_its_reason_and_document(city, official, reviewer, field):
    """docs/rules.md: document."""
    adjustment = an_adjustment(city.to_open, by=official, due_on="2021-03-31", fields={field: ""})
    assert Adjustment._meta.get_field(field).verbose_name in refusal_of(adjustment, reviewer)


def test_a_draft_promise_is_changed_not_adjusted(city, official, reviewer):
    draft = a_milestone(city.bridge, "painted")
    assert "直接改草稿就行" in refusal_of(an_adjustment(draft, by=official, title="In use"), reviewer)


def test_an_adjustment_leaves_the_promise_itself_as_it_was(city):
    """docs/rules.md: adjustments."""
    city.to_build.refresh_from_db()
    assert city.to_build.due_on == day("2020-12-31")


# Redactions.
def test_a_redacted_text_and_its_salt_are_gone_but_the_digest_stays(city):
    """docs/rules.md: redaction, digests."""
    assert city.report.problem == ""
    assert set(city.report.salts) == {"text"}
    assert set(city.report.entry.payload["texts"]) == {"text", "problem"}
    assert city.redaction.entry.kind == "redaction"
    assert (city.redaction.entry.subject, city.redaction.entry.payload["target"]) == (
        "project:bridge",
        city.report.entry_id,
    )
    assert list(differences()) == []


def test_what_was_redacted_is_nowhere_in_the_database_any_more(city):
    assert "Rain." not in str([list(model.objects.values()) for model in (Report, Redaction, Evidence, Entry)])


@pytest.mark.parametrize("field", ["reason", "document"])
def test_the_words_of_an_adjustment_may_be_redacted(city, field):
    published(a_redaction(city.postponement, field), "2020-08-01")
    city.postponement.refresh_from_db()
    assert (getattr(city.postponement, field), field in city.postponement.salts) == ("", False)
    assert list(differences()) == []


def test_two_texts_of_one_report_are_redacted_one_after_the_other(city):
    published(a_redaction(city.report, "text"), "2020-08-01")
    city.report.refresh_from_db()
    assert (city.report.text, city.report.salts) == ("", {})
    assert list(differences()) == []


def test_a_redacted_file_is_gone_once_the_publication_is_certain(city, django_capture_on_commit_callbacks):
    name = city.photo.file.name
    with django_capture_on_commit_callbacks(execute=True):
        published(a_redaction(city.report, "evidence/1"), "2020-08-01")
        assert default_storage.exists(name)
    assert not default_storage.exists(name)
    city.photo.refresh_from_db()
    assert (city.photo.title, city.photo.url, city.photo.file.name, city.photo.salt) == ("", "", "", "")
    assert "file" in city.report.entry.payload["evidence"][0]
    assert list(differences()) == []


def test_a_refused_redaction_leaves_the_file_where_it_is(city, django_capture_on_commit_callbacks):
    redaction = a_redaction(city.report, "evidence/1", by=a_reviewer("drafter"))
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        refusal_of(redaction, an_editor())
    assert callbacks == []
    assert default_storage.exists(city.photo.file.name)


@pytest.mark.parametrize("field", ["problem", "next_step", "spent", "evidence/2", "evidence/", "held_on", "nonsense"])
def test_only_what_is_there_and_may_hold_words_is_redacted(city, field):
    redaction = a_redaction(city.report, field) if field != "problem" else city.redaction
    if field == "problem":  # redacted already: the database allows no second one
        with pytest.raises(IntegrityError), transaction.atomic():
            a_redaction(city.report, field)
        return
    redaction.source, redaction.release_at = a_source(), moment("2020-08-01")
    redaction.save()
    assert "没有这一项，或者已经隐去了" in refusal_of(redaction)


def test_a_promise_has_nothing_to_redact(city):
    assert redactable(city.plan) == {}
    assert redactable(city.works) == {}


def test_the_fact_behind_an_entry_is_found(city):
    assert fact_of(city.report.entry) == city.report
    assert fact_of(city.plan.entry) == city.plan
    assert fact_of(city.reading.entry) == city.reading


def test_what_may_be_redacted_is_listed_with_its_label(city):
    assert redactable(city.report) == {"text": "进展", "evidence/1": "佐证材料“The bridge in April”"}
