"""Rows for tests, in few words.

`a_…` makes a draft as an editor would have saved it; `published` makes it public on a day, from a source, the way
history is loaded; `published_by` as a person does it, now. Days are written as text.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal

from django.contrib.auth.models import Group, User
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.roles import ADMINISTRATOR, EDITOR, OFFICIAL, REVIEWER
from ledger.chain import hash_of
from ledger.guard import publishing
from ledger.models import Entry
from news.models import Article, ArticleImage
from projects.models import (
    AbstractEvidence,
    AbstractReport,
    Adjustment,
    Department,
    Fact,
    FirstReviewer,
    Membership,
    Milestone,
    MilestoneReading,
    Project,
    Redaction,
    Report,
    Source,
    SourceKind,
)
from projects.publishing import encoded_terms, publish
from tasks.models import (
    Addition,
    Check,
    Commitment,
    Contribution,
    Indicator,
    IssuedPaper,
    Measure,
    Outline,
    OutlineItem,
    PaperKind,
    Plan,
    PlanAdjustment,
    Reading,
    Series,
    Target,
    Task,
    TaskGroup,
    TaskReport,
    Vote,
)

PROMISED_ON = "2020-03-05"


def day(text: str) -> date:
    return date.fromisoformat(text)


def moment(on: str, at: str = "12:00") -> datetime:
    """A moment in Shanghai."""
    return timezone.make_aware(datetime.combine(day(on), time.fromisoformat(at)))


# People, one role each.
def a_person(name: str, role: str) -> User:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def an_official(*departments: Department, name: str = "official") -> User:
    user = a_person(name, OFFICIAL)
    for department in departments:
        Membership.objects.create(user=user, department=department)
    return user


def a_reviewer(name: str = "reviewer") -> User:
    """One of the first day, who needs no confirmation."""
    reviewer = a_person(name, REVIEWER)
    one_of_the_first(reviewer)
    return reviewer


def one_of_the_first(person: User) -> None:
    """Also where the first plan is public: history is then written anew, as if its entry had counted the person."""
    first, plan = FirstReviewer.objects.create(person=person), Plan.objects.published().order_by("entry").first()
    if plan is None:
        return
    told, *later = Entry.objects.filter(seq__gte=plan.entry_id).order_by("seq")
    told.payload["reviewers"].append(first.payload(plan.acts_salt))
    previous = told.previous
    with publishing():
        FirstReviewer.objects.filter(pk=first.pk).update(
            entry=told, published_at=plan.published_at, published_on=plan.published_on
        )
        for entry in (told, *later):
            entry.previous = previous
            entry.hash = previous = hash_of(entry)
            entry.save()


def an_administrator(name: str = "admin") -> User:
    return a_person(name, ADMINISTRATOR)


def an_editor(name: str = "editor") -> User:
    return a_person(name, EDITOR)


# Making things public.
def published(fact: Fact, on: str = PROMISED_ON, at: str = "12:00") -> Fact:
    """The fact, public since noon of the day, loaded from a source."""
    fact.source = fact.source or a_source()
    fact.release_at = moment(on, at)
    fact.save()
    publish(fact)
    fact.refresh_from_db()
    return fact


def published_by(fact: Fact, by: User) -> Fact:
    """The fact, public since now; its drafter is another person."""
    publish(fact, by=by)
    fact.refresh_from_db()
    return fact


def a_source(key: str = "gazette", **fields) -> Source:
    """The source of that key, which many facts may cite."""
    defaults = {"kind": SourceKind.GOVERNMENT, "title": "Gazette", "publisher": "City council", **fields}
    return Source.objects.get_or_create(key=key, defaults=defaults)[0]


def a_department(slug: str = "works-office", **fields) -> Department:
    return Department.objects.create(slug=slug, **{"name": slug, "phone": "0000-100", **fields})


# Promises.
def a_project(
    slug: str = "bridge",
    *,
    milestones: Sequence[str] = (),
    lead: Department | None = None,
    leads: Sequence[Department] = (),
    partners: Sequence[Department] = (),
    **fields,
) -> Project:
    """A project with a milestone for each code, led by one department or by several."""
    named = {
        "leads": [department.slug for department in ([lead] if lead else leads)],
        "partners": [department.slug for department in partners],
    }
    project = Project.objects.create(slug=slug, **{"title": slug, **named, **fields})
    for code in milestones:
        a_milestone(project, code)
    return project


def a_milestone(project: Project, code: str = "built", **fields) -> Milestone:
    defaults = {"number": project.milestones.count() + 1, "title": code, "unit": "%", **fields}
    return Milestone.objects.create(project=project, code=code, **defaults)


# Terms of targets, by the code of the milestone.
Targets = Mapping[str, Mapping]


def a_plan(
    *projects: Project, year: int = 2020, goal: str = "FINISH", targets: Targets | None = None, **fields
) -> Plan:
    """One task with one measure that all projects serve, and one series that promises each by all its milestones."""
    defaults = {
        "title": f"Plan of {year}",
        "short_title": f"Plan {year}",
        "starts_on": f"{year}-01-01",
        "ends_on": f"{year}-12-31",
        **fields,
    }
    defaults |= {name: day(defaults[name]) for name in ("starts_on", "ends_on")}
    plan = Plan.objects.create(year=year, **defaults)
    a_measure(a_task(plan), *projects)
    for project in projects:
        a_commitment(plan, project, *project.milestones.all(), goal=goal, targets=targets)
    return plan


def an_addition(plan: Plan, **fields) -> Addition:
    """Of nothing yet: whatever it brings is made with `addition=` it."""
    defaults = {"title": "Promised in June", "reason": "The province gave money.", **fields}
    return Addition.objects.create(plan=plan, **defaults)


def a_task(plan: Plan, number: int = 1, **fields) -> Task:
    group, _ = TaskGroup.objects.get_or_create(
        plan=plan, code="works", defaults={"title": "Public works", "noun": "work"}
    )
    return Task.objects.create(group=group, number=number, **{"title": f"Task {number}", **fields})


def a_measure(task: Task, *projects: Project, number: int = 1, **fields) -> Measure:
    measure = Measure.objects.create(task=task, number=number, **{"title": f"Measure {number}", **fields})
    for project in projects:
        Contribution.objects.create(measure=measure, project=project)
    return measure


def a_series(plan: Plan, code: str = "pledges", **fields) -> Series:
    """The series of that code, new or already there."""
    defaults = {"number": plan.series.count() + 1, "title": code, "short_title": code, "noun": "pledge", **fields}
    return Series.objects.get_or_create(plan=plan, code=code, defaults=defaults)[0]


def a_commitment(
    plan: Plan,
    project: Project,
    *milestones: Milestone,
    goal: str = "FINISH",
    series: str = "pledges",
    targets: Targets | None = None,
    addition: Addition | None = None,
    **fields,
) -> Commitment:
    one = a_series(plan, series, addition=addition)
    number = one.commitments.count() + 1
    defaults = {"number": number, "addition": addition, **fields}
    commitment = Commitment.objects.create(series=one, project=project, goal=goal, **defaults)
    for milestone in milestones:
        a_target(commitment, milestone, **{"addition": addition, **(targets or {}).get(milestone.code, {})})
    return commitment


def a_target(commitment: Commitment, milestone: Milestone, **fields) -> Target:
    """100 %, from the first to the last day of the plan, day by day."""
    plan = commitment.series.plan
    terms = {"starts_on": plan.starts_on, "due_on": plan.ends_on, "amount": 100, **fields}
    terms |= {name: day(str(terms[name])) for name in ("starts_on", "due_on")}
    terms |= {name: Decimal(terms[name]) for name in ("amount", "from_amount", "weight") if name in terms}
    return Target.objects.create(commitment=commitment, milestone=milestone, **terms)


def an_indicator(plan: Plan, code: str = "green-share", **fields) -> Indicator:
    defaults = {"title": code, "comparator": "≥", "target": Decimal(36), "unit": "%", **fields}
    return Indicator.objects.create(plan=plan, code=code, **defaults)


def an_outline(plan: Plan, *items: str, code: str = "way-of-working") -> Outline:
    outline = Outline.objects.create(plan=plan, code=code, title=code)
    for number, title in enumerate(items, start=1):
        OutlineItem.objects.create(outline=outline, number=number, title=title)
    return outline


# Facts.
def a_report(
    project: Project,
    held_on: str,
    readings: Mapping[str, str | int] | None = None,
    *,
    by: User | None = None,
    evidence: str = "",
    **fields,
) -> Report:
    """A report with a value for each milestone named by its code; `evidence` is the title of a document.

    One drafted `by` a person is submitted.
    """
    report = Report.objects.create(
        project=project,
        held_on=day(held_on),
        drafted_by=by,
        **{
            "text": f"How it stood on {held_on}.",
            "submitted_at": timezone.now() if by else None,
            **fields,
        },
    )
    for code, value in (readings or {}).items():
        milestone = project.milestones.get(code=code)
        MilestoneReading.objects.create(report=report, milestone=milestone, value=Decimal(value))
    if evidence:
        an_evidence(report, title=evidence)
    return report


def a_correction(
    report: Report, readings: Mapping[str, str | int] | None = None, *, held_on: str = "", **fields
) -> Report:
    defaults = {"corrects": report, "correction_reason": "Counted wrong.", **fields}
    return a_report(report.project, held_on or report.held_on.isoformat(), readings, **defaults)


def an_evidence(
    report: AbstractReport,
    *,
    title: str = "Acceptance record",
    content: bytes = b"",
    name: str = "record.pdf",
    **fields,
) -> AbstractEvidence:
    position = report.evidence.count() + 1
    evidence = report.evidence.model(
        report=report, **{"kind": "DOCUMENT", "title": title, "position": position, **fields}
    )
    if content:
        evidence.file.save(name, ContentFile(content), save=False)
    evidence.save()
    return evidence


def a_task_report(
    about: Task | Measure,
    held_on: str,
    declared: str = "UNDER_WAY",
    *,
    by: User | None = None,
    evidence: str = "",
    **fields,
) -> TaskReport:
    """As `a_report`, of a task or a measure."""
    defaults = {
        str(about._meta.model_name): about,
        "text": f"How it stood on {held_on}.",
        "submitted_at": timezone.now() if by else None,
        **fields,
    }
    report = TaskReport.objects.create(held_on=day(held_on), declared=declared, drafted_by=by, **defaults)
    if evidence:
        an_evidence(report, title=evidence)
    return report


def a_task_correction(report: TaskReport, declared: str = "", *, held_on: str = "", **fields) -> TaskReport:
    """One that declares nothing withdraws."""
    defaults = {"corrects": report, "correction_reason": "Said too early.", **fields}
    return a_task_report(report.about, held_on or report.held_on.isoformat(), declared, **defaults)


def a_check(
    commitment: Commitment, held_on: str, finding: str = "IN_USE", *, by: User | None = None, **fields
) -> Check:
    defaults = {"observer": "SUPERVISION", "text": "We went and looked.", **fields}
    return Check.objects.create(commitment=commitment, held_on=day(held_on), finding=finding, drafted_by=by, **defaults)


def a_vote(
    commitment: Commitment,
    held_on: str,
    satisfied: int = 150,
    fairly: int = 25,
    dissatisfied: int = 5,
    *,
    present: int = 180,
    by: User | None = None,
    evidence: str = "Result of the vote",
    **fields,
) -> Vote:
    """What deputies said; with what it was read in, unless `evidence` is empty."""
    counted = {"satisfied": satisfied, "fairly": fairly, "dissatisfied": dissatisfied, "present": present}
    vote = Vote.objects.create(commitment=commitment, held_on=day(held_on), drafted_by=by, **counted, **fields)
    if evidence:
        an_evidence(vote, title=evidence)
    return vote


def an_issued_paper(plan: Plan, data_on: str, issued_on: str, *, by: User, **fields) -> IssuedPaper:
    """A bulletin whose voucher is the last entry of now, unless `fields` say otherwise."""
    last = Entry.objects.order_by("-seq").first()
    given = {"kind": PaperKind.BULLETIN, "head": last, "last_entry": last, "issued_at": timezone.now(), "issued_by": by}
    return IssuedPaper.objects.create(plan=plan, data_on=day(data_on), issued_on=day(issued_on), **(given | fields))


def an_adjustment(
    promise, *, by: User | None = None, fields: Mapping | None = None, **new
) -> Adjustment | PlanAdjustment:
    """A change of what is in force; new values are written as in the ledger. One drafted `by` a person is submitted."""
    in_force = encoded_terms(promise)
    model, name = next(
        (model, name)
        for model in (Adjustment, PlanAdjustment)
        for name in model.promise_fields
        if model._meta.get_field(name).related_model is type(promise)
    )
    defaults = {
        "changes": {field: [in_force.get(field), value] for field, value in new.items()},
        "decided_on": day(PROMISED_ON),
        "reason": "The ground was softer than thought.",
        "document": "Decision 7",
        "submitted_at": timezone.now() if by else None,
        **(fields or {}),
    }
    return model.objects.create(**{name: promise}, drafted_by=by, **defaults)


def with_paper(change, content: bytes = b"%PDF-1 as it was decided", name: str = "decision.pdf"):
    """The adjustment, with the file of its document."""
    change.document_file.save(name, ContentFile(content))
    return change


def an_indicator_reading(
    indicator: Indicator, held_on: str, value: str | int, *, by: User | None = None, **fields
) -> Reading:
    return Reading.objects.create(
        indicator=indicator, held_on=day(held_on), value=Decimal(value), drafted_by=by, **fields
    )


def a_redaction(fact: Fact, field: str, *, by: User | None = None) -> Redaction:
    return Redaction.objects.create(target=fact.entry, field=field, reason="A face was to be seen.", drafted_by=by)


# Stories.
def an_article_image(article: Article, name: str = "picture.jpg", **fields) -> ArticleImage:
    defaults = {
        "alt": name,
        "credit": "City council",
        "is_consented": True,
        "number": article.images.count() + 1,
        **fields,
    }
    image = ArticleImage(article=article, **defaults)
    image.file.save(name, ContentFile(name.encode()), save=False)
    image.save()
    return image
