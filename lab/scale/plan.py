"""Generates a large plan with a year of reports, to measure the portal with.

The plan is published like any loaded one. The thousands of reports after it are inserted in bulk, without checking the
rules of publication, but with ledger entries that `verify_ledger` accepts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from itertools import cycle, islice, product
from random import Random

from django.apps import apps
from django.db import transaction
from django.utils import timezone

from ledger import chain
from ledger.guard import publishing
from ledger.models import Entry
from projects.models import (
    Department,
    Evidence,
    EvidenceKind,
    Fact,
    Milestone,
    MilestoneReading,
    Project,
    Report,
    Source,
    SourceKind,
)
from projects.models.facts import FORM
from projects.publishing import publish
from tasks import publishing as rules  # noqa: F401  the rules of publication of plans
from tasks.models import (
    Commitment,
    Comparator,
    Contribution,
    Goal,
    Indicator,
    Measure,
    Pace,
    Plan,
    PlanAdjustment,
    Reading,
    Series,
    Target,
    Task,
    TaskGroup,
)

YEAR = 2025
STARTS_ON, ENDS_ON = date(YEAR, 1, 1), date(YEAR, 12, 31)
PROMISED_ON = date(YEAR, 1, 10)
ROOMS = ("ledger", "projects", "tasks", "news")
BATCH = 500  # rows in a statement
HEADLINE = 10  # the most promises in the first series
MOST_DELAY = 9  # the most days between the day of the data and their publication
SILENT = 5, 50  # of every 50 projects, the one with this index never reports
NOTE = "示例数据，不是任何地方的真实进展"
OFFICES = (
    "交通运输局", "住房和城乡建设局", "水利局", "农业农村局", "教育体育局", "卫生健康局", "民政局", "文化和旅游局",
    "工业和信息化局", "生态环境局", "林业局", "开发区管委会",
)  # fmt: skip
PLACES = ("东岭镇", "西川镇", "南坪街道", "北塘街道", "青杨镇", "柳溪乡", "云台镇", "清河街道", "石桥乡", "枫林镇")
WORKS = (
    "道路改造", "卫生院扩建", "小学新建", "供水管网", "养老中心", "健身场地", "污水处理站", "农贸市场", "公园", "排洪渠",
)  # fmt: skip
SERIES = (
    ("livelihood", "件惠民实事", "惠民实事", "实事", "件"),
    ("works", "项重点工程", "重点工程", "工程", "项"),
    ("industry", "个产业项目", "产业项目", "产业项目", "个"),
    ("rural", "项乡村建设", "乡村建设", "乡村项目", "项"),
)
GROUPS = (("major", "重点任务", "重点任务", "项", 3), ("area", "各方面工作", "工作", "项", 8))
TASKS = (
    "产业转型", "生态治理", "城乡建设", "新动能", "改革开放", "乡村振兴", "文旅融合", "城市品位", "攻坚任务", "民生改善",
    "安全发展",
)  # fmt: skip
MEASURES = ("打好基础", "抓好项目", "管好长远")
INDICATORS = (
    ("green-share", "建成区绿化覆盖率", Comparator.AT_LEAST, 36, "%", 33),
    ("good-air-days", "空气质量优良天数", Comparator.AT_LEAST, 300, "天", 240),
    ("energy-use", "单位产值能耗", Comparator.AT_MOST, 40, "吨", 52),
    ("new-jobs", "新增就业", Comparator.AT_LEAST, 5000, "人", 0),
)


@dataclass(frozen=True)
class Course:
    """The course of a project. `rate` is its speed as a ratio to its plan."""

    rate: Fraction
    due_on: date = ENDS_ON
    goal: str = Goal.FINISH
    pace: str = Pace.LINEAR
    moved_to: date | None = None
    dropped_after: Fraction = Fraction(1)  # of the year
    is_half_silent: bool = False
    has_correction: bool = False


# Projects take them in turn, so that ten projects already have every outcome.
COURSES = (
    Course(Fraction(1)),
    Course(Fraction(5, 4)),
    Course(Fraction(7, 10), due_on=date(YEAR, 6, 30)),
    Course(Fraction(4, 5), has_correction=True),
    Course(Fraction(9, 20)),
    Course(Fraction(1), is_half_silent=True),
    Course(Fraction(3, 5), goal=Goal.ADVANCE),
    Course(Fraction(1), due_on=date(YEAR, 9, 30), goal=Goal.START, pace=Pace.STEP),
    Course(Fraction(3, 4), due_on=date(YEAR, 9, 30), moved_to=ENDS_ON),
    Course(Fraction(1, 2), dropped_after=Fraction(2, 3)),
)


@dataclass
class Work:
    """A project with its course and its last report.

    `last` and `before` are the values in the last report and the one before it, by primary key of the milestone.
    """

    project: Project
    course: Course
    milestones: list[Milestone]
    targets: dict[int, Target]  # by primary key of the milestone
    commitment: Commitment | None
    is_silent: bool
    before: dict[int, Decimal] = field(default_factory=dict)
    last: dict[int, Decimal] = field(default_factory=dict)
    spent: Decimal = Decimal(0)
    report: Report | None = None
    is_dropped: bool = False


@dataclass(frozen=True)
class Draft:
    """A fact with its parts, before its publication."""

    at: datetime
    fact: Fact
    readings: Sequence[MilestoneReading] = ()
    evidence: Sequence[Evidence] = ()


def fill(n_projects: int, n_reports: int, seed: int = 1) -> int:
    """Fill the empty database in one transaction, and return the number of entries. Equal arguments give equal ledgers.

    Raises PublicationError if the database isn't empty.
    """
    with transaction.atomic():
        chain.lock()
        _check_empty()
        source = Source.objects.create(key="illustrative-scale", kind=SourceKind.ILLUSTRATIVE, title=NOTE)
        generator = _Generator(source, Random(seed))  # noqa: S311  # nosec B311 # nothing secret
        generator.promise(n_projects)
        for period in range(n_reports):
            generator.report(period, n_reports)
        return Entry.objects.count()


def _check_empty() -> None:
    models = [model for room in ROOMS for model in apps.get_app_config(room).get_models()]
    if filled := [str(model._meta.verbose_name) for model in models if model._base_manager.exists()]:
        raise chain.PublicationError(
            f"数据库里已经有内容（{'、'.join(filled)}）。示例数据只能放进空的数据库，请用新的 DATA_DIR 或 DATABASE_URL。"
        )


def _moment(day: date, minute: int = 0) -> datetime:
    """So many minutes after 8:00 in Shanghai."""
    return timezone.make_aware(datetime.combine(day, time(8))) + timedelta(minutes=minute)


def _value(target: Target, share: Fraction) -> Decimal:
    """The share of the amount, rounded down to a whole number or a tenth of a percent."""
    step = Decimal("0.1") if target.unit == "%" else Decimal(1)
    return (Decimal(share.numerator) * target.amount / share.denominator).quantize(step, ROUND_DOWN)


class _Generator:
    def __init__(self, source: Source, random: Random):
        self.source, self.random = source, random
        self.works: list[Work] = []

    def _code(self) -> str:
        return f"{self.random.getrandbits(128):032x}"

    # Promises

    def promise(self, n_projects: int) -> None:
        self.offices = self._publish_offices()
        plan = Plan.objects.create(
            year=YEAR, title=f"{YEAR} 年示例计划（{NOTE}）", short_title=f"{YEAR} 年示例计划",
            guideline=f"{NOTE}。地名、部门和数字都是编的，只用来看一看项目很多的时候门户怎么样。",
            starts_on=STARTS_ON, ends_on=ENDS_ON, adopted_on=PROMISED_ON - timedelta(days=2),
            source=self.source, release_at=_moment(PROMISED_ON),
        )  # fmt: skip
        self._create_projects(n_projects)
        self._create_series(plan)
        self._create_tasks(plan)
        for number, (code, title, comparator, target, unit, baseline) in enumerate(INDICATORS, start=1):
            Indicator.objects.create(
                plan=plan, code=code, number=number, title=title, comparator=comparator, target=Decimal(target), unit=unit,
                baseline=Decimal(baseline), due_on=ENDS_ON,
            )  # fmt: skip
        publish(plan)

    def _publish_offices(self) -> list[Department]:
        offices = [
            Department(
                slug=f"office-{number}", name=f"{name}（示例）", phone=f"000-{number:07}", source=self.source,
                release_at=_moment(PROMISED_ON - timedelta(days=1), number),
            )
            for number, name in enumerate(OFFICES, start=1)
        ]  # fmt: skip
        Department.objects.bulk_create(offices)
        for office in offices:
            publish(office)
        return offices

    def _create_projects(self, n_projects: int) -> None:
        self.works = [self._work(index) for index in range(n_projects)]
        Project.objects.bulk_create((work.project for work in self.works), BATCH)
        Milestone.objects.bulk_create((one for work in self.works for one in work.milestones), BATCH)

    def _work(self, index: int) -> Work:
        course, names = COURSES[index % len(COURSES)], list(product(WORKS, PLACES))
        work, place = names[index * 37 % len(names)]  # so that consecutive projects differ in both
        turn, first = index // len(names) + 1, index % len(OFFICES) + 1
        project = Project(
            slug=f"works-{index + 1:05}",
            title=f"{place}{work}{f'（{turn} 期）' if turn > 1 else ''}",
            place=f"{place}（示例地点）",
            investment=self.random.randint(80, 39_000) * 10_000 if index % 5 < 3 else None,
            leads=[self.offices[index % len(OFFICES)].slug],
            partners=[office.slug for office in islice(cycle(self.offices), first, first + index % 3)],
        )
        n_milestones = 1 if course.pace == Pace.STEP else 1 + index % 3
        milestones = [self._milestone(project, number, course) for number in range(1, n_milestones + 1)]
        return Work(project, course, milestones, {}, None, index % SILENT[1] == SILENT[0])

    def _milestone(self, project: Project, number: int, course: Course) -> Milestone:
        kinds = (("建成", "%", "建成"), ("配套用房", "处", "建成"), ("管线", "公里", "铺设"))
        title, unit, verb = ("开工建设", "次", "开工") if course.pace == Pace.STEP else kinds[number - 1]
        return Milestone(
            project=project, code=f"part-{number}", number=number, title=title, unit=unit, verb=verb, begun="开工",
            is_counted=unit == "处",
        )  # fmt: skip

    def _target(self, commitment: Commitment, milestone: Milestone, course: Course) -> Target:
        amounts = {"%": 100, "次": 1, "处": self.random.randint(2, 40), "公里": self.random.randint(2, 90)}
        inferred = ["starts_on", "weight", "pace", *(["due_on"] if milestone.number > 1 else [])]
        return Target(
            commitment=commitment, milestone=milestone, starts_on=STARTS_ON, due_on=course.due_on,
            amount=Decimal(amounts[milestone.unit]), weight=Decimal(1 + milestone.number % 2), pace=course.pace,
            inferred=inferred,
        )  # fmt: skip

    def _create_series(self, plan: Plan) -> None:
        """The first series has HEADLINE projects, or two thirds of fewer."""
        n_headline, n_others = min(HEADLINE, (len(self.works) * 2 + 2) // 3), len(SERIES) - 1
        shares = [self.works[:n_headline], *(self.works[n_headline + first :: n_others] for first in range(n_others))]
        for number, ((code, title, short, noun, counter), own) in enumerate(zip(SERIES, shares, strict=True), start=1):
            if own:
                series = Series.objects.create(
                    plan=plan, code=code, number=number, title=f"{len(own)} {title}",
                    short_title=f"{len(own)} {counter}{short}", noun=noun, counter=counter,
                )  # fmt: skip
                self._create_commitments(series, own)

    def _create_commitments(self, series: Series, works: list[Work]) -> None:
        promises = [
            Commitment(
                series=series,
                number=position,
                project=work.project,
                goal=work.course.goal,
                annual_investment=work.project.investment
                and self.random.randint(40, 100) * work.project.investment // 100,
            )
            for position, work in enumerate(works, start=1)
        ]
        Commitment.objects.bulk_create(promises, BATCH)
        for promise, work in zip(promises, works, strict=True):
            work.commitment = promise
            work.targets = {one.pk: self._target(promise, one, work.course) for one in work.milestones}
        Target.objects.bulk_create((target for work in works for target in work.targets.values()), BATCH)

    def _create_tasks(self, plan: Plan) -> None:
        """Each project contributes to two measures; ten projects contribute to every task."""
        measures, titles = [], iter(TASKS)
        for position, (code, title, noun, counter, n) in enumerate(GROUPS, start=1):
            group = TaskGroup.objects.create(
                plan=plan, code=code, number=position, title=title, noun=noun, counter=counter
            )
            for number in range(1, n + 1):
                task = Task.objects.create(group=group, number=number, title=next(titles))
                measures += [
                    Measure.objects.create(task=task, number=order, title=f"{task.title}：{measure}")
                    for order, measure in enumerate(MEASURES, start=1)
                ]
        contributions = (
            Contribution(project=work.project, measure=measures[place % len(measures)], is_inferred=index % 2 == 1)
            for index, work in enumerate(self.works)
            for place in (index * 3, index * 3 + 31)
        )
        Contribution.objects.bulk_create(contributions, BATCH)

    # Facts

    def report(self, period: int, n_reports: int) -> None:
        """Publish the facts of one period: the data of its last day, and the changes and corrections after that."""
        drafts = sorted(self._drafts(period, n_reports), key=lambda draft: draft.at)
        for draft in drafts:
            draft.fact.salts = {name: self._code() for name in draft.fact.free_text if getattr(draft.fact, name)}
            for evidence in draft.evidence:
                evidence.salt = self._code()
        _write(drafts)

    def _drafts(self, period: int, n: int) -> Iterator[Draft]:
        held_on = STARTS_ON + timedelta(days=365 * (period + 1) // n - 1)
        delay = max(1, min(MOST_DELAY, 365 // n - 1))
        if held_on < PROMISED_ON:
            return
        for work in self.works:
            day = held_on + timedelta(days=self.random.randint(1, delay))
            at = _moment(day, self.random.randint(30, 600))
            yield from self._changes(work, held_on, at - timedelta(minutes=20))
            if work.is_silent or work.is_dropped:
                continue
            if work.course.has_correction and period == n // 2 and work.report:
                yield self._correction(work, work.report, at - timedelta(minutes=10))
            yield self._report(work, held_on, at)
        if period % 3 == 2 or n < 3:
            for position, indicator in enumerate(Indicator.objects.select_related("plan").order_by("number")):
                yield self._reading(indicator, held_on, _moment(held_on + timedelta(days=1), position))

    def _changes(self, work: Work, held_on: date, at: datetime) -> Iterator[Draft]:
        share = Fraction((held_on - STARTS_ON).days + 1, 365)
        moved_to = work.course.moved_to
        for target in work.targets.values():
            if moved_to and share > Fraction(1, 2) and target.due_on != moved_to:
                old, target.due_on = target.due_on, moved_to
                yield self._change(at, target=target, changes={"due_on": [f"{old}", f"{moved_to}"]})
        if share > work.course.dropped_after and not work.is_dropped:
            work.is_dropped = True
            yield self._change(at, commitment=work.commitment, changes={"dropped": [False, True]})

    def _change(self, at: datetime, **about) -> Draft:
        adjustment = PlanAdjustment(
            code=self._code(), source=self.source, decided_on=at.date() - timedelta(days=1),
            reason="天气和用地耽误了工期，按程序调整（示例）。", document="示例政发〔2025〕1 号", **about,
        )  # fmt: skip
        return Draft(at, adjustment)

    def _report(self, work: Work, held_on: date, at: datetime) -> Draft:
        elapsed, project = Fraction((held_on - STARTS_ON).days + 1), work.project
        values = {}
        for milestone in work.milestones[: 1 if work.course.is_half_silent else None]:
            share = min(Fraction(1), work.course.rate * elapsed / ((work.course.due_on - STARTS_ON).days + 1))
            values[milestone.pk] = max(
                work.last.get(milestone.pk, Decimal(0)), _value(work.targets[milestone.pk], share)
            )
        is_reached = any(values.get(m.pk) == work.targets[m.pk].amount != work.last.get(m.pk) for m in work.milestones)
        if project.investment:
            share = min(Fraction(1), work.course.rate * elapsed / 365)
            money = int(share * Fraction(project.investment) * self.random.randint(70, 95)) // 100
            work.spent = max(work.spent, Decimal(min(money, int(project.investment))))
        report = self._new_report(work, held_on, f"{project.title}：本期继续推进，现场人员和设备到位（示例）。")
        report.problem = "雨天较多，部分工序推后（示例）。" if self.random.random() < 0.2 else ""
        report.next_step, report.spent = "下一期按计划推进（示例）。", work.spent if project.investment else None
        work.report, work.before, work.last = report, work.last, values
        return self._draft(work, at, report, self._evidence(report, is_reached=is_reached))

    def _evidence(self, report: Report, *, is_reached: bool) -> list[Evidence]:
        title, address = report.project.title, f"https://example.org/{report.project.slug}/{report.held_on}"
        if is_reached:
            return [Evidence(report=report, kind=EvidenceKind.DOCUMENT, title=f"{title}验收单（示例）")]
        if self.random.random() < 0.05:
            return [Evidence(report=report, kind=EvidenceKind.LINK, title="现场记录（示例）", url=address)]
        return []

    def _correction(self, work: Work, wrong: Report, at: datetime) -> Draft:
        """A correction of the last report: values lower by a tenth, but not below those of the report before it."""
        work.last = {
            key: max((value * 9 / 10).quantize(Decimal(1), ROUND_DOWN), work.before.get(key, Decimal(0)))
            for key, value in work.last.items()
        }
        report = self._new_report(
            work, wrong.held_on, f"{work.project.title}：重新核对了工程量（示例）。",
            spent=wrong.spent, corrects=wrong, correction_reason="上一份多算了一段（示例）。",
        )  # fmt: skip
        return self._draft(work, at, report, [])

    def _new_report(self, work: Work, held_on: date, text: str, **more) -> Report:
        return Report(code=self._code(), source=self.source, project=work.project, held_on=held_on, text=text, **more)

    def _draft(self, work: Work, at: datetime, report: Report, evidence: list[Evidence]) -> Draft:
        """A draft of the report, with readings of the values in `work.last`."""
        milestones = {milestone.pk: milestone for milestone in work.milestones}
        readings = [
            MilestoneReading(report=report, milestone=milestones[key], value=value) for key, value in work.last.items()
        ]
        return Draft(at, report, readings, evidence)

    def _reading(self, indicator: Indicator, held_on: date, at: datetime) -> Draft:
        share = Decimal((held_on - STARTS_ON).days) / 365 * Decimal(self.random.randint(90, 110)) / 100
        baseline = indicator.baseline or Decimal(0)
        value = (baseline + (indicator.target - baseline) * share).quantize(Decimal("0.1"))
        code = self._code()
        return Draft(at, Reading(code=code, source=self.source, indicator=indicator, held_on=held_on, value=value))


# The ledger


def _write(drafts: list[Draft]) -> None:
    """Insert the drafts with their entries, in the state that `publish` would leave."""
    with publishing():
        chain.append_all([_entry(draft) for draft in drafts])
        models: tuple[type[Fact], ...] = (PlanAdjustment, Report, Reading)
        for model in models:
            model.objects.bulk_create((draft.fact for draft in drafts if isinstance(draft.fact, model)), BATCH)
        MilestoneReading.objects.bulk_create((one for draft in drafts for one in draft.readings), BATCH)
        Evidence.objects.bulk_create((one for draft in drafts for one in draft.evidence), BATCH)


def _entry(draft: Draft) -> Entry:
    """The entry, still without number: a correction refers to the entry of the report that was inserted before it."""
    fact = draft.fact
    payload = fact.payload_with(draft.evidence, draft.readings) if isinstance(fact, Report) else fact.payload()
    payload = {"form": FORM, **payload, "acts": fact.acts}
    fact.entry = Entry(at=draft.at, kind=fact.kind, subject=fact.subject, payload=payload)
    fact.published_at, fact.published_on = draft.at, timezone.localdate(draft.at)
    return fact.entry
