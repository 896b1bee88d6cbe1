"""A city whose people write nothing but markup that means harm: every payload in every text of every kind of row."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, timedelta
from functools import cache
from itertools import count, cycle, islice
from pathlib import Path
from types import SimpleNamespace

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import models
from django.utils import timezone

from accounts.models import AuditAction, AuditRecord
from ledger.guard import Guarded
from news.models import Article, ArticleImage, ArticleVersion
from projects.models import Department, Evidence, Fact, Milestone, Note, Project, Redaction, Report, Source
from tasks.models import (
    Addition,
    Aliases,
    Check,
    CheckEvidence,
    Commitment,
    Indicator,
    IssuedPaper,
    Measure,
    MissedSearch,
    Outline,
    OutlineItem,
    Plan,
    Reading,
    Series,
    SpelledName,
    Task,
    TaskEvidence,
    TaskGroup,
    TaskReport,
    Vote,
    VoteEvidence,
    VotingBody,
)
from tests.factories import (
    a_check,
    a_correction,
    a_department,
    a_measure,
    a_milestone,
    a_plan,
    a_project,
    a_redaction,
    a_report,
    a_series,
    a_source,
    a_task,
    a_task_correction,
    a_task_report,
    a_vote,
    an_addition,
    an_adjustment,
    an_article_image,
    an_evidence,
    an_indicator,
    an_indicator_reading,
    an_issued_paper,
    an_official,
    an_outline,
    moment,
    published,
)
from tests.filled_rows import fill, kinds, text_fields
from tests.harmful_markup import pieces
from tests.loaded_cities import keep
from tests.small_city import City, a_draft, a_picture

HERE = "https://example.org/"  # how the one address begins that people may lead readers to
# Not people's words: what the program chooses, and what is never sent as a text.
NOT_WRITTEN = {"salt", "code", "subject_key", "password"}
WRITTEN = [*kinds(), User, AuditRecord]
N_LINES = max(len(pieces(room)) for room in (40, 50, 100))  # the most texts that any field needs
N_FEW = len(pieces(200))
BLANK = r"\s"  # which no address has that is checked


def written_fields(model: type[models.Model]) -> list[models.Field]:
    return [
        field
        for field in text_fields(model)
        if not isinstance(field, models.SlugField) and field.name not in NOT_WRITTEN
    ]


@cache
def pieces_for(field: models.Field) -> list[str]:
    """As the portal keeps them: what nobody sees is gone from them."""
    if isinstance(field, models.URLField):
        texts = [f"{HERE}{re.sub(BLANK, '%20', text)}" for text in pieces(field.max_length // 2)]
    else:
        texts = pieces(field.max_length)
    return [field.to_python(text) for text in texts]


class Pen:
    """Gives each field its next piece; one in which no text may stand twice, none once all were given."""

    def __init__(self):
        self.n_given: Counter[str] = Counter()

    def __call__(self, field: models.Field) -> str | None:
        if field not in written_fields(field.model):
            return None
        texts, n = pieces_for(field), self.n_given[str(field)]
        self.n_given[str(field)] += 1
        return None if field.unique and n >= len(texts) else texts[n % len(texts)]

    def write(self, *models_: type[models.Model]) -> None:
        """In whatever isn't public yet."""
        for model in models_:
            for row in model.objects.drafts() if issubclass(model, Guarded) else model.objects.all():
                fill(row, self)

    def changes(self, promise) -> dict[str, str]:
        """New texts for a promise, other than those it was made with."""
        fields = [field for field in written_fields(type(promise)) if field.name in promise.adjustable]
        return {field.name: self._other(pieces_for(field), getattr(promise, field.name)) for field in fields}

    def _other(self, texts: list[str], text: str) -> str:
        self.n_given["changes"] += 1
        new = texts[self.n_given["changes"] % len(texts)]
        return self._other(texts, text) if new == text else new


class Publisher:
    """Makes facts public on one day after another, each from another source."""

    def __init__(self, pen: Pen):
        self.sources = cycle([a_source(f"source-{n}") for n in range(N_LINES)])
        pen.write(Source)

    def __call__(self, on: str, *facts: Fact) -> None:
        for fact in facts:
            fact.refresh_from_db()
            fact.source = next(self.sources)
            published(fact, on=on)


ROLES = ("official", "other_official", "reviewer", "second_reviewer", "administrator", "editor")


def a_harmful_city(folder: Path) -> City:
    """Whatever is public says it, and so does whatever is not; `folder` is for pictures."""
    rows = vars(keep("harmful city", lambda: SimpleNamespace(**_built(folder))))
    city = City(*(rows[field.name] for field in fields(City)))
    for role in ROLES:  # by whose name nobody finds them any more
        setattr(city, role, rows[role])
    return city


def _built(folder: Path) -> dict[str, models.Model]:
    pen = Pen()
    publish = Publisher(pen)
    city = promises(pen, publish)
    for user in people(city):
        fill(user, pen)
    facts(city, pen, publish)
    drafts(city, pen)
    stories(city, pen, folder)
    words_for_finding(pen)
    for n in range(N_FEW):
        an_issued_paper(city.plan, "2020-06-01", str(date(2020, 7, 1) + timedelta(days=n)), by=city.reviewer)
    pen.write(IssuedPaper)
    for n in range(N_FEW):
        record = {field.name: pen(field) for field in written_fields(AuditRecord)}
        changes = [[text, text, text] for text in islice(cycle(pieces(200)), n, n + 2)]
        AuditRecord.objects.create(kind=AuditAction.CHANGE, person=city.official, changes=changes, **record)
    return {name: getattr(city, name) for name in (*(field.name for field in fields(City)), *ROLES)}


def promises(pen: Pen, publish: Publisher) -> City:
    departments = [a_department(f"office-{n}") for n in range(N_LINES)]
    pen.write(Department)
    publish("2020-03-01", *departments)
    names = ["bridge", "pool", *(f"project-{n}" for n in range(len(pieces(60))))]
    projects = [
        a_project(name, lead=departments[n % 2], partners=[departments[2 + n % (N_LINES - 2)]], investment=10_000_000)
        for n, name in enumerate(names, start=1)
    ]
    for project in projects:
        for code in {"bridge": ("built", "opened"), "pool": ("filled", "full")}.get(project.slug, ("one", "two")):
            a_milestone(project, code)
    plan = a_plan(*projects)
    for n in range(N_LINES):
        TaskGroup.objects.create(plan=plan, code=f"group-{n}", number=n + 2, title="x", noun="x")
        a_series(plan, f"series-{n}")
        an_indicator(plan, f"indicator-{n}", baseline=30)
        an_outline(plan, "x", code=f"outline-{n}")
    for n in range(2, N_FEW + 2):
        a_measure(a_task(plan, number=n), projects[n])
    # Short titles want more plans than texts want tasks.
    plans = [a_plan(projects[n], year=2021 + n) for n in range(len(pieces(40)))]
    rows = (Outline, OutlineItem, TaskGroup, Task, Measure, Series, Commitment, Indicator)
    pen.write(Project, Milestone, Plan, *rows)
    publish("2020-03-05", plan, *plans)
    additions = [an_addition(plan) for _text in pieces(200)]
    for n, addition in enumerate(additions):
        a_task(plan, number=N_FEW + 2 + n, addition=addition)
    pen.write(Addition, Task)
    publish("2020-03-06", *additions)
    for row in (*departments[:2], *projects[:2]):
        row.refresh_from_db()
    return City(departments[1], departments[0], *projects[:2], plan, plan.indicators.first())


def people(city: City) -> list[User]:
    others = [an_official(city.parks, name=f"person-{n}") for n in range(len(pieces(150)))]
    return [*city.people, *others]


def facts(city: City, pen: Pen, publish: Publisher) -> None:
    projects, indicators = list(Project.objects.published()), list(Indicator.objects.published())
    reports = [a_report(p, "2020-04-30", {p.milestones.first().code: 40}, problem="x") for p in projects]
    for n, report in enumerate(reports):
        an_evidence(report, content=b"%PDF-1")
        an_evidence(report, kind="LINK", url=f"{HERE}{n}")
    pen.write(Report, Evidence)
    publish("2020-05-05", *reports)
    few = len(pieces(500))
    corrections = [a_correction(report, {}) for report in reports[:few]]
    pen.write(Report)
    publish("2020-05-06", *corrections)
    readings = [an_indicator_reading(indicator, "2020-04-30", 31) for indicator in indicators[:few]]
    pen.write(Reading)
    publish("2020-05-07", *readings)
    corrections = [an_indicator_reading(r.indicator, "2020-04-30", 32, corrects=r) for r in readings]
    pen.write(Reading)
    publish("2020-05-08", *corrections)
    redactions = [a_redaction(report, "problem") for report in reports[few : 2 * few]]
    pen.write(Redaction)
    publish("2020-05-09", *redactions)
    answers = [a_task_report(measure, "2020-04-30", problem="x") for measure in Measure.objects.all()[:few]]
    for report in answers:
        an_evidence(report, content=b"%PDF-1")
        an_evidence(report, kind="LINK", url=HERE)
    an_evidence(answers[0])
    pen.write(TaskReport, TaskEvidence)
    publish("2020-05-10", *answers)
    withdrawals = [a_task_correction(report) for report in answers[: few // 2]]
    pen.write(TaskReport)
    publish("2020-05-11", *withdrawals)
    looked_at(city, pen, publish)
    adjustments = [an_adjustment(promise, **pen.changes(promise)) for promise in adjusted()]
    pen.write(*{type(adjustment) for adjustment in adjustments})
    publish("2020-06-10", *adjustments)


def looked_at(city: City, pen: Pen, publish: Publisher) -> None:
    """Somebody looked again at the pool, which is kept, and deputies voted."""
    done = {"filled": 100, "full": 100}
    report = a_report(city.pool, "2020-05-10", done, evidence="x")
    pen.write(Report, Evidence)
    publish("2020-05-12", report)
    commitment = city.plan.series.get(code="pledges").commitments.get(project=city.pool)
    checks = [a_check(commitment, f"2020-05-{day}") for day in range(13, 31)]
    for check in checks:
        an_evidence(check, content=b"%PDF-1")
        an_evidence(check, kind="LINK", url=HERE)
    votes = [a_vote(commitment, f"2020-05-{day}", body=body) for day in range(13, 31) for body in VotingBody.values]
    for vote in votes:
        an_evidence(vote, kind="LINK", url=HERE)
    pen.write(Check, CheckEvidence, Vote, VoteEvidence)
    publish("2020-06-01", *checks, *votes)


def adjusted(n: int = 9) -> Iterator:
    """Some of each kind of promise whose wording can be changed."""
    for model in (Project, Milestone, Department, Plan, TaskGroup, Task, Measure, Series, Commitment, Indicator):
        yield from model.objects.published().order_by("pk")[:n]


def drafts(city: City, pen: Pen) -> None:
    """Of each kind, so that every page of the desk has something to show."""
    led = [project for project in Project.objects.published() if city.works.slug in project.leads]
    days = (f"2020-07-{day:02}" for day in count(1))
    for n, project in enumerate(led[:12]):
        make = a_report if n % 2 else a_draft
        report = make(project, next(days), {project.milestones.first().code: 50}, by=city.official)
        an_evidence(report, content=b"%PDF-1")
        an_evidence(report, kind="LINK", url=HERE)
        if n < len(pieces(1000)):
            report.review_notes.create(text="x", by=city.reviewer)
    a_correction(Report.objects.published().filter(project=led[-1]).get(), {}, by=city.official)
    for promise in adjusted(2):
        change = an_adjustment(promise, by=city.administrator, **pen.changes(promise))
        for _text in pieces(1000):
            change.review_notes.create(text="x", by=city.reviewer)
    an_adjustment(city.bridge, by=city.official, **pen.changes(city.bridge))
    answer = a_task_report(Measure.objects.published().last(), "2020-07-31", by=city.official)
    for _text in pieces(1000):
        answer.review_notes.create(text="x", by=city.reviewer)
    for indicator in Indicator.objects.published()[:3]:
        an_indicator_reading(indicator, "2020-07-31", 33, by=city.reviewer)
    a_redaction(Report.objects.published().filter(corrects=None, corrected_by=None).last(), "text", by=city.reviewer)
    a_department("draft-office", drafted_by=city.administrator)
    gate = a_project("gate", milestones=["built"], lead=city.works)
    plan = a_plan(gate, year=2019, drafted_by=city.administrator, source=a_source("draft"))
    an_indicator(plan)
    an_outline(plan, "x")
    pen.write(*(model for model in kinds() if issubclass(model, Guarded)))
    pen.write(*(model for model in kinds() if issubclass(model, Note)))


def words_for_finding(pen: Pen) -> None:
    """How people call the departments, how names are spelled, and what was looked for in vain."""
    for n, department in enumerate(Department.objects.all()):
        Aliases.objects.create(department=department, words="x")
        SpelledName.objects.create(text=str(n), syllables="x")
        MissedSearch.objects.create(word=str(n), last_on="2020-05-01")
    pen.write(Aliases, SpelledName, MissedSearch)


def stories(city: City, pen: Pen, folder: Path) -> None:
    photo = ContentFile(a_picture(folder / "a.jpg").read_bytes())
    first = Article.objects.create(slug="story", title="x", body="x", cover_alt="x", cover_credit="x")
    first.cover.save("a.jpg", photo)
    image = an_article_image(first)
    shared = {"cover": first.cover.name, "cover_alt": "x", "cover_credit": "x", "author": city.editor}
    shared |= {"title": "x", "body": "x", "is_published": True}
    now, withdrawn = timezone.now(), len(pieces(300))
    for n in range(N_LINES + withdrawn):
        gone = {"withdrawn_at": now, "withdrawal_reason": "x"} if n < withdrawn else {}
        moments = {"published_at": moment("2020-06-01"), "corrected_at": moment("2020-06-02"), "correction_note": "x"}
        article = Article.objects.create(slug=f"story-{n}", **shared, **moments, **gone)
        ArticleImage.objects.create(
            article=article, number=1, file=image.file.name, alt="x", credit="x", is_consented=True
        )
        version = {"title": "x", "body": "x", "note": "x", "replaced_at": now, "by": city.editor}
        ArticleVersion.objects.create(article=article, **version)
        article.tasks.set(Task.objects.published()[:1])
        article.projects.set([city.bridge])
    for n in range(3):
        later = {"published_at": now + timedelta(days=1)} if n else {"is_published": False}
        Article.objects.create(slug=f"draft-{n}", **(shared | later))
    pen.write(Article, ArticleImage, ArticleVersion)
