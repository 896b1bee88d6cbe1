"""What the desk shows an editor on a day: milestones reached lately, projects long without an article, old drafts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from common.formats import day_text, in_unit
from desk.filing import reported_projects
from desk.subjects import ProjectStatus, project_statuses
from news.models import Article
from projects.models import Project, Report
from projects.snapshots import MilestoneSnapshot, ProjectSnapshot, ReadingSnapshot
from tasks.models import Plan, Task
from tasks.snapshots import CommitmentSnapshot, TargetSnapshot

FRESH = timedelta(days=30)  # since the report was published
UNTOUCHED = timedelta(days=14)  # since anybody saved the draft
QUIET = timedelta(days=60)  # since the last article about a project


@dataclass(frozen=True)
class Reached:
    """A milestone, and the reading by which the first target of it was met."""

    project: ProjectSnapshot
    target: TargetSnapshot
    reading: ReadingSnapshot

    @property
    def milestone(self) -> MilestoneSnapshot:
        return self.target.milestone

    @property
    def published_on(self) -> date:
        return self.reading.report.published_on

    @property
    def key(self) -> int:
        return self.milestone.row.pk


@dataclass(frozen=True)
class QuietProject:
    """An unfinished promised project, and the Shanghai day of the last article about it, None without any."""

    project: ProjectSnapshot
    last_article_on: date | None


def reached_in(commitments: Iterable[CommitmentSnapshot]) -> Iterator[Reached]:
    """The milestones of these promises that are reached on the day of the snapshots, each once."""
    found: dict[int, Reached] = {}
    for commitment in commitments:
        for state in commitment.progress.active:
            target = state.snapshot
            if state.reached_on is not None:
                reading = next(one for one in target.readings if one.held_on == state.reached_on)
                found.setdefault(target.milestone.row.pk, Reached(commitment.project, target, reading))
    yield from found.values()


def is_fresh(reached: Reached, today: date) -> bool:
    return today - reached.published_on < FRESH


def is_untouched(article: Article, now: datetime) -> bool:
    return now - article.updated_at >= UNTOUCHED


def just_reached(today: date) -> list[Reached]:
    """Milestones reached by a report published in the last 30 days and without an article, the latest first."""
    reported = Report.objects.published().filter(published_on__gt=today - FRESH, published_on__lte=today)
    statuses = project_statuses(Project.objects.filter(pk__in=reported.values("project")), today)
    promises = [[one for _plan, one in status.commitments] for status in statuses]
    fresh = [one for commitments in promises for one in reached_in(commitments) if is_fresh(one, today)]
    begun = set(Article.objects.filter(milestone__in=[one.key for one in fresh]).values_list("milestone", flat=True))
    return sorted((one for one in fresh if one.key not in begun), key=lambda one: one.published_on, reverse=True)


def reached_milestone(key: int, today: date) -> Reached | None:
    found = reported_projects(Project.objects.filter(milestones=key), today).values()
    return next((one for project in found for one in reached_in(project.commitments) if one.key == key), None)


def quiet_projects(
    projects: Sequence[ProjectStatus], last_articles: Mapping[int, date | None], today: date
) -> list[QuietProject]:
    """Unfinished projects without an article in the last QUIET days; those without any come first."""
    quiet = [
        QuietProject(one.project, last_articles.get(one.project.row.pk))
        for one in projects
        if today - (last_articles.get(one.project.row.pk) or date.min) >= QUIET and not one.is_settled
    ]
    return sorted(quiet, key=lambda one: (one.last_article_on or date.min, one.project.slug))


def long_quiet(now: datetime) -> list[QuietProject]:
    """Of the running plan's projects; none in its first 60 days, and none where no plan is running."""
    today = timezone.localdate(now)
    plan = Plan.objects.running(today).first()
    if plan is None or today - plan.published_on < QUIET:
        return []
    promised = Project.objects.published().filter(commitments__series__plan=plan).distinct()
    of_published = Q(articles__in=Article.objects.published(now))
    last = dict(promised.annotate(last=Max("articles__published_at", filter=of_published)).values_list("pk", "last"))
    last_articles = {key: timezone.localdate(moment) for key, moment in last.items() if moment}
    return quiet_projects(project_statuses(promised, today), last_articles, today)


def opening_of(reached: Reached) -> dict:
    """Initial data for the form of a new article about the milestone, from published facts only."""
    project, milestone, report = reached.project, reached.milestone, reached.reading.report
    amount, verb = reached.target.terms.amount, milestone.row.verb
    value, target = (in_unit(number, milestone.row.unit) for number in (reached.reading.value, amount))
    page, entry = reverse("project", args=[project.slug]), reverse("entry", args=[report.entry_id])
    body = format_html(
        "<p>{}，{}的“{}”{}了：目标 {}，做到 {}。</p>\n"
        "<p>这个数{}公布，见<a href=\"{}\">公开记录第 {} 条</a>。整个项目做得怎样，见<a href=\"{}\">{}</a>。</p>",
        day_text(report.held_on), project.title, milestone.title, verb, target, value,
        day_text(report.published_on), entry, report.entry_id, page, project.title,
    )  # fmt: skip
    tasks = Task.objects.published().filter(measures__contributions__project=project.row).distinct()
    return {
        "title": f"{project.name}：{milestone.title}，{verb}了"[:120],
        "slug": _free_slug(f"{project.slug}-{milestone.row.code}"),
        "summary": f"目标 {target}，{day_text(report.held_on)}做到 {value}。"[:200],
        "body": body,
        "happened_on": report.held_on,
        "source": report.source_id,  # type: ignore[union-attr]  # loaded with words: a Report
        "projects": [project.row.pk],
        "tasks": list(tasks.values_list("pk", flat=True)),
        "milestone": milestone.row.pk,
    }


def _free_slug(wanted: str) -> str:
    """`wanted`, shortened and with a number where another article has it."""
    wanted = wanted[:76].lower()
    taken = set(Article.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    return next(slug for n in range(1, len(taken) + 2) if (slug := wanted if n == 1 else f"{wanted}-{n}") not in taken)
