"""How facts become public: drafted, submitted, returned, published in one transaction with their ledger entry."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import singledispatch
from secrets import token_hex
from typing import Any, Self

from django.apps import apps
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from common.as_of import DAY_LIMITS, is_recordable
from common.limiter import slot_released
from common.media.renditions import write_renditions
from common.media.uploads import ConsentField
from common.model_fields import column_of
from common.money import yuan_echo
from ledger import chain
from ledger.chain import BATCH, PublicationError, decimal_text, new_salt
from ledger.guard import Record, block_publications, publishing
from ledger.models import Entry
from projects import hidden
from projects.access import is_theirs
from projects.acts import acts_of
from projects.models import (
    AbstractEvidence,
    AbstractReport,
    Adjustment,
    Department,
    EvidencedFact,
    Fact,
    HiddenContent,
    Milestone,
    MilestoneReading,
    PromiseChange,
    Redaction,
    Report,
    ReviewedFact,
)
from projects.reviewers import publishing_error
from projects.snapshots import current_term, decoded, terms_of

IS_PUBLISHED = "这一条已经公布过了。"


class Reason(str):
    """One reason of a PublicationError, as a Chinese sentence.

    `about` is what a form shows it at: a field of the draft, a milestone's address, or `evidence`; "" for the draft as
    a whole. `row` is the object that the sentence names, to link to.
    """

    about: str
    row: Model | None

    def __new__(cls, text: str, about: str = "", row: Model | None = None) -> Self:
        reason = super().__new__(cls, text)
        reason.about, reason.row = about, row
        return reason


@singledispatch
def publication_errors(fact: Fact, day: date) -> Iterator[str]:
    """Why `fact` can't be published on `day`, as Chinese sentences. Each kind of fact registers its own function."""
    raise TypeError(f"no rule of publication for {type(fact)}")


def publish(fact: Fact, *, by: User | None = None) -> Entry:
    """Make a draft public now, by a person; without `by` a loaded draft at its own moment. Returns its entry.

    Raises PublicationError with every reason; then nothing has changed.
    """
    draw_pictures(fact)
    with transaction.atomic():
        chain.lock()
        fact = type(fact).objects.select_for_update(of=("self",)).get(pk=fact.pk)
        if fact.is_published:
            raise PublicationError(IS_PUBLISHED)
        if by is None and fact.release_at is None:
            raise PublicationError("没有公布人，也没有载入的公布时间。")
        at = chain.moment(None if by else fact.release_at)
        if reasons := _reasons_against(fact, at, by):
            raise PublicationError(*reasons)
        return publish_unchecked(fact, at, by)


def _reasons_against(fact: Fact, at: datetime, by: User | None) -> list[str]:
    """Whoever or whatever is amiss by itself comes before what the record has against it."""
    reasons = [*_people_errors(fact, by), *_submission_errors(fact), *_validation_errors(fact)]
    return reasons or [*publication_errors(fact, timezone.localdate(at)), *_hidden_errors(fact)]


def reasons_against(fact: Fact, *, by: User) -> list[str]:
    """Why the person can't publish it as it stands; `publish` asks again. Nothing is written or locked."""
    if fact.is_published:
        return [IS_PUBLISHED]
    return _reasons_against(fact, timezone.now(), by)


def draw_pictures(fact: Fact) -> None:
    """Make the missing renditions of the evidence. The entry digests them, and they take too long to make under the lock."""
    with slot_released():
        for evidence in fact.evidence.exclude(file="") if isinstance(fact, EvidencedFact) else ():
            with suppress(OSError):  # gone, or no room: what is made after the publication is in no entry
                write_renditions(evidence.file.storage, str(evidence.file))


@contextmanager
def as_if_published(fact: Fact) -> Iterator[Entry]:
    """A block in which the draft is public, for previews. At its end everything is rolled back.

    Other publications wait until then.
    Raises PublicationError with every reason for which the draft could not be published now.
    """
    with transaction.atomic():
        chain.lock()
        fact = type(fact).objects.select_for_update(of=("self",)).get(pk=fact.pk)
        if fact.is_published:
            raise PublicationError(IS_PUBLISHED)
        at = chain.moment()
        reasons = [*_validation_errors(fact), *publication_errors(fact, timezone.localdate(at))]
        if not (fact.drafted_by_id or fact.source_id):
            reasons.append("没有起草人，也没有资料来源。")
        if reasons:
            raise PublicationError(*reasons)
        by = fact.drafted_by
        if by and fact.takes_two:
            by = User.objects.create(username=f"preview-{token_hex(8)}")
        yield publish_unchecked(fact, at, by)
        transaction.set_rollback(True)


def publish_unchecked(fact: Fact, at: datetime, by: User | None) -> Entry:
    """Publish without asking for errors: the caller has, and holds the ledger's lock."""
    with publishing():
        fact.add_salts()
        fact.published_by, fact.acts_salt = by, new_salt()
        fact.acts = acts_of(fact, at)
        fact.published_by = None  # with the rest of its publication
        fact.save()
        fact = type(fact).objects.get(pk=fact.pk)
        published_together = fact.published_together()
        entry = chain.append(at=at, kind=fact.kind, subject=fact.subject, payload=fact.entry_payload())
        people = {"source": fact.source, "drafted_by": fact.drafted_by, "published_by": by}
        _mark([*published_together, fact], entry, people)
        if isinstance(fact, Redaction):
            _hide(type(fact).objects.get(pk=fact.pk))
    return entry


def _mark(records: Iterable[Record], entry: Entry, people: Mapping[str, Any]) -> None:
    """Make the records public by the entry; those that are facts themselves, by these people or from this source."""
    by_model: dict[type[Record], list[int]] = defaultdict(list)
    for record in records:
        by_model[type(record)].append(record.pk)
    moment = {"entry": entry, "published_at": entry.at, "published_on": entry.published_on}
    for model, keys in by_model.items():
        by_whom = people if issubclass(model, Fact) else {}
        for n in range(0, len(keys), BATCH):
            model.objects.filter(pk__in=keys[n : n + BATCH]).update(**moment, **by_whom)


def _people_errors(fact: Fact, by: User | None) -> Iterator[str]:
    if by is None:
        if fact.source is None:
            yield "载入的内容要有资料来源。"
        return
    if not by.has_perm(f"{fact._meta.app_label}.publish_{fact._meta.model_name}"):
        yield "您没有公布的权限。"
    elif error := publishing_error(by):
        yield error
    if fact.drafted_by_id is None:
        yield "没有起草人，不能由人公布。"
    elif fact.takes_two and fact.drafted_by_id == by.pk:
        yield "起草的人不能自己公布，请另一位审核员公布。"
    elif not fact.takes_two and fact.drafted_by_id != by.pk:
        yield "谁起草，谁公布：这一份是别人起草的。"


def _submission_errors(fact: Fact) -> Iterator[str]:
    """A person's draft has to be submitted first, since reviewers see nothing else."""
    if isinstance(fact, ReviewedFact) and fact.drafted_by_id and not fact.submitted_at:
        yield f"这份{fact.word}还没有送审。"


def _validation_errors(fact: Fact) -> Iterator[str]:
    try:
        fact.full_clean()
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            label = "" if name == "__all__" else f"{column_of(fact, name).verbose_name}："
            yield from (f"{label}{message}" for message in messages)


@publication_errors.register
def _(fact: Department, day: date) -> Iterator[str]:
    yield from ()


def corrected_chain_errors(fact, day: date, same: Callable[[Any], object], what: str) -> Iterator[str]:
    """The errors that reports and readings share: of their day, and of what they correct.

    `same` returns what a fact is about, `what` is the Chinese word for it.
    """
    if fact.held_on > day:
        yield Reason(f"数据日期 {fact.held_on} 还没到。", "held_on")
    if not is_recordable(fact.held_on):
        yield Reason(DAY_LIMITS, "held_on")
    if not fact.corrects:
        return
    if not fact.corrects.is_published:
        yield Reason("被更正的那一份还没有公布。", row=fact.corrects)
    if same(fact.corrects) != same(fact):
        yield f"只能更正同一个{what}的。"
    if not fact.correction_reason.strip():
        yield Reason("更正要写明原因。", "correction_reason")


@dataclass(frozen=True)
class Expectation:
    """What was promised of a project's milestones, as far as a report about it is checked against that.

    `amounts` are those of the targets in force, by primary key of the milestone; `dropped` has the milestones of which
    no target is in force any more. `starts_on` is the day on which the first target begins.
    """

    amounts: Mapping[int, Sequence[Decimal]]
    dropped: frozenset[int]
    starts_on: date | None
    interval_days: int


def report_errors(fact: Report, day: date, expected: Expectation) -> Iterator[str]:
    """The reasons of `publication_errors` for a report."""
    yield from about_errors(fact, day)
    yield from content_errors(fact, fact.readings.select_related("milestone"), fact.evidence.exists(), expected)
    yield from evidence_errors(fact)


def about_errors(fact: AbstractReport, day: date) -> Iterator[str]:
    """The errors that reports of every kind share: of their day, of what they correct, and of what they are about."""
    about = fact.about
    yield from corrected_chain_errors(fact, day, lambda report: report.about, str(about._meta.verbose_name))
    if not about.is_published:
        yield Reason(f"{about._meta.verbose_name}“{about}”还没有公布，它随年度计划一起公布。", row=about)


def content_errors(
    report: Report, readings: Iterable[MilestoneReading], has_evidence: bool, expected: Expectation
) -> Iterator[str]:
    """The errors of a report's day and figures. Neither it nor its readings need to be saved."""
    others = list(effective_others(report).prefetch_related("readings"))
    yield from day_errors(report, others, starts_on=expected.starts_on, interval_days=expected.interval_days)
    for reading in readings:
        for text in _reading_errors(report, reading, others, expected):
            yield Reason(text, reading.milestone.address)
        before, _after = _neighbouring_values(report, reading, others)
        amounts = expected.amounts.get(reading.milestone_id, ())
        is_reaching = any(reading.value >= amount and (before is None or before < amount) for amount in amounts)
        if is_reaching and not has_evidence:
            yield Reason(f"“{reading.milestone}”由这份报告达到目标，要附佐证材料（照片、文件或链接）。", "evidence")
    yield from _spending_errors(report, others)


def day_errors(
    report: AbstractReport, others: Iterable[AbstractReport], *, starts_on: date | None, interval_days: int
) -> Iterator[str]:
    """The day must not be that of one of the `others`, nor lie long before what was promised begins on `starts_on`."""
    for other in others:
        if other.held_on == report.held_on:
            yield Reason(f"{report.held_on} 已有一份报告；要改它，请用更正。", "held_on", other)
    if report.source_id is None:  # what is loaded was public before anybody submitted anything here
        for other in submitted_for(report):
            text = (
                f"{report.held_on} 的数据已经送审（{other.submission}），等审核。同一天只送一份：要改，请先撤回那一份。"
            )
            yield Reason(text, "held_on", other)
    if report.corrects and report.corrects.held_on == report.held_on:
        return
    promised_on = report.about.published_on
    if promised_on is None or report.held_on >= promised_on:
        return
    if starts_on and starts_on - report.held_on > timedelta(days=interval_days):
        text = f"{report.held_on} 太早了：承诺 {promised_on} 公布，最早从 {starts_on} 开始。请看看年份写对没有。"
        yield Reason(text, "held_on")


def submitted_for(report: AbstractReport) -> QuerySet:
    """Other submitted drafts about the same on the same day; at most one."""
    waiting = report.about.reports.drafts().filter(submitted_at__isnull=False).exclude(pk=report.pk)
    return waiting.filter(held_on=report.held_on).select_related("submitted_by", "drafted_by")


def effective_others(report: AbstractReport) -> QuerySet:
    """The uncorrected public reports about the same, without `report` and the one that it corrects."""
    public = report.about.reports.published()
    corrected = public.filter(corrects__isnull=False).values("corrects")
    return public.exclude(pk__in=corrected).exclude(pk__in=[key for key in (report.corrects_id, report.pk) if key])


def neighbours(held_on: date, values: list[tuple[date, Decimal]]) -> tuple[Decimal | None, Decimal | None]:
    """The last value before `held_on` and the first one after it, of (day, value) pairs in any order."""
    before = [pair for pair in values if pair[0] < held_on]
    after = [pair for pair in values if pair[0] > held_on]
    return (max(before)[1] if before else None, min(after)[1] if after else None)


def _order_errors(
    label: str, value: Decimal, before: Decimal | None, after: Decimal | None, as_text: Callable = decimal_text
) -> Iterator[str]:
    if before is not None and value < before:
        yield f"{label}：累计数 {as_text(value)} 小于上一次的 {as_text(before)}。"
    if after is not None and value > after:
        yield f"{label}：累计数 {as_text(value)} 大于后一次的 {as_text(after)}。"


def _reading_errors(report: Report, reading, others: list[Report], expected: Expectation) -> Iterator[str]:
    milestone = reading.milestone
    if milestone.project_id != report.project_id or not milestone.is_published:
        yield f"“{milestone}”不是这个项目已公布的节点。"
        return
    if milestone.pk in expected.dropped and not _is_repeated(report, milestone):
        yield f"“{milestone}”已经取消，不再填报。"
    yield from _order_errors(str(milestone), reading.value, *_neighbouring_values(report, reading, others))
    amount = max(expected.amounts.get(milestone.pk, ()), default=None)
    if amount is not None and reading.value > amount and not report.is_over_target_confirmed:
        yield f"{milestone}：{decimal_text(reading.value)} 超过目标 {decimal_text(amount)} {milestone.unit}，请勾选“确认超过目标”。"


def _is_repeated(report: Report, milestone: Milestone) -> bool:
    """Whether the corrected report had the milestone: a correction may repeat a value of before that was dropped."""
    return report.corrects is not None and report.corrects.readings.filter(milestone=milestone).exists()


def _neighbouring_values(report: Report, reading: MilestoneReading, others: list[Report]):
    """The values of the same milestone in the reports before and after this one."""
    lines = [(other.held_on, line) for other in others for line in other.readings.all()]
    values = [(held_on, line.value) for held_on, line in lines if line.milestone_id == reading.milestone_id]
    return neighbours(report.held_on, values)


def _spending_errors(report: Report, others: list[Report]) -> Iterator[str]:
    if report.spent is None:
        return
    values = [(other.held_on, other.spent) for other in others if other.spent is not None]
    for text in _order_errors("完成投资", report.spent, *neighbours(report.held_on, values), yuan_echo):
        yield Reason(text, "spent")
    investment = current_term(report.project, "investment", _published_changes(report.project))
    if investment is not None and report.spent > investment and not report.over_investment_reason.strip():
        yield Reason("累计完成投资超过了总投资，请写明原因。", "over_investment_reason")


def evidence_errors(fact: EvidencedFact) -> Iterator[str]:
    for evidence in fact.evidence.all():
        if evidence.kind == "PHOTO" and not evidence.file:
            yield f"佐证材料“{evidence}”没有照片。"
        elif evidence.kind == "PHOTO" and fact.drafted_by_id and not evidence.is_consented:
            yield f"佐证材料“{evidence}”：{ConsentField.missing}"
        if evidence.kind == "LINK" and not evidence.url:
            yield f"佐证材料“{evidence}”没有网址。"
        if evidence.file and not evidence.file.storage.exists(str(evidence.file)):
            yield f"佐证材料“{evidence}”的文件不见了，请重新上传。"


def _published_changes(promise) -> QuerySet[PromiseChange]:
    return promise.adjustments.published().order_by("entry")


def current_terms(promise) -> dict:
    """The decoded terms in force after everything published so far."""
    return decoded(promise, terms_of(promise, _published_changes(promise)))


def encoded_terms(promise) -> dict:
    return terms_of(promise, _published_changes(promise))


@publication_errors.register
def _(fact: Adjustment, day: date) -> Iterator[str]:
    yield from promise_change_errors(fact, day)
    yield from document_errors(fact)


def document_errors(fact: PromiseChange) -> Iterator[str]:
    """Of the file as it is stored."""
    if fact.document_file and not fact.document_file.storage.exists(str(fact.document_file)):
        yield Reason("批准文件的 PDF 不见了，请重新上传。", "document_file")


def _department_errors(label: str, slugs: set[str]) -> Iterator[str]:
    found = Department.objects.filter(slug__in=slugs)
    for department in found.drafts():
        yield Reason(f"{label}：部门“{department}”还没有公布。", row=department)
    for slug in sorted(slugs - set(found.values_list("slug", flat=True))):
        yield f"{label}：没有代号是“{slug}”的部门。"


def promise_change_errors(fact: PromiseChange, day: date) -> Iterator[str]:
    if fact.decided_on > day:
        yield Reason(f"决定日期 {fact.decided_on} 还没到。", "decided_on")
    if not is_recordable(fact.decided_on):
        yield Reason(DAY_LIMITS, "decided_on")
    if not type(fact.promise).objects.published().filter(pk=fact.promise.pk).exists():
        yield Reason("这一项还没有公布，直接改草稿就行。", row=fact.promise)
    if fact.document_on and fact.document_on > day:
        yield Reason(f"文件日期 {fact.document_on} 还没到。", "document_on")
    if fact.document_on and not is_recordable(fact.document_on):
        yield Reason(DAY_LIMITS, "document_on")
    if not fact.changes:
        yield "没有改动。"
    if errors := list(change_errors(fact)):
        yield from errors
        return
    for field, _old, new in fact.field_changes():
        yield from _department_errors(field.label, set(field.department_slugs(new)))


def change_errors(fact: PromiseChange) -> Iterator[str]:
    """Each change must start from the term in force, hold a new valid value, and not revive what was dropped."""
    in_force, adjustable = encoded_terms(fact.promise), fact.promise.adjustable
    for name, change in fact.changes.items():
        if name not in adjustable:
            yield f"“{name}”不是能调整的内容。"
            continue
        field = adjustable[name]
        if not isinstance(change, list) or len(change) != 2:
            yield f"{field.label}：改动要写成“原来，现在”。"
            continue
        old, new = change
        try:
            field.decode(new)
        except ValueError as error:
            yield f"{field.label}：{error}"
            continue
        if (type(old), old) != (type(in_force[name]), in_force[name]):
            yield f"{field.label}：起草之后已经变了，现在是 {in_force[name]}，请重新起草。"
        elif new == old:
            yield f"{field.label}：没有变化。"
        elif field.is_final and old:
            yield "取消了的不能恢复，请作为新的承诺公布。"
        elif new == field.empty:
            yield f"{field.label}：已经公布的不能改成空的。"


def fact_of(entry: Entry) -> Fact | None:
    """The fact that the entry published."""
    models = (model for model in all_facts() if entry.kind in (model.kinds or (model.kind,)))
    return next(filter(None, (model.objects.filter(entry=entry).first() for model in models)), None)


def all_facts() -> list[type[Fact]]:
    """Every concrete model of a fact, also those of rooms that this one does not import."""
    found = [model for model in apps.get_models() if issubclass(model, Fact)]
    return sorted(found, key=lambda model: model._meta.label)


def evidence_models() -> list[type[AbstractEvidence]]:
    """The concrete models of evidence, one for each kind of fact that has any."""
    found = [model for model in apps.get_models() if issubclass(model, AbstractEvidence)]
    return sorted(found, key=lambda model: model._meta.label)


def change_models() -> list[type[PromiseChange]]:
    """The concrete models of adjustments."""
    return [model for model in all_facts() if issubclass(model, PromiseChange)]


def redactable(fact: Fact) -> dict[str, str]:
    """What can be redacted of a published fact: labels by name of the field, or `evidence/<position>`."""
    fields = {name: str(column_of(fact, name).verbose_name) for name in fact.free_text if getattr(fact, name)}
    if isinstance(fact, EvidencedFact):
        fields |= {f"evidence/{e.position}": f"佐证材料“{e.title}”" for e in fact.evidence.all() if e.salt}
    return fields


@publication_errors.register
def _(fact: Redaction, day: date) -> Iterator[str]:
    hidden_from = fact_of(fact.target)
    if hidden_from is None or fact.field not in redactable(hidden_from):
        yield "这一条公开记录里没有这一项，或者已经隐去了。"


def _hide(redaction: Redaction) -> None:
    """Hide the content. A loaded redaction was confirmed where it comes from, so the content is destroyed at once."""
    fact = fact_of(redaction.target)
    content = hidden.content_of(fact, redaction.field)  # type: ignore[arg-type]  # it is there: asked before
    taken = hidden.take(redaction, content)
    if redaction.published_by_id is None:
        hidden.destroy([taken])


def _hidden_errors(fact: Fact) -> Iterator[str]:
    """Redacted texts and files must not come back with the next fact about the same subject.

    Loaded facts are not checked: their source has published the same before.
    """
    if fact.drafted_by_id is None:
        return
    contents = HiddenContent.objects.filter(redaction__target__subject=fact.subject, redaction__is_standing=True)
    marks = {mark for found in contents.values_list("marks", flat=True) for mark in found}
    if not marks:
        return
    for name in fact.free_text:
        text = getattr(fact, name)
        if text and hidden.mark_of(text) in marks:
            yield Reason(f"{column_of(fact, name).verbose_name}：和已经依法隐去的一样，请改写。", name)
    for evidence in fact.evidence.all() if isinstance(fact, EvidencedFact) else ():
        if {hidden.mark_of(content) for content in evidence.contents() if content} & marks:
            yield Reason(f"佐证材料“{evidence}”已经依法隐去，不能再公布，请删掉这一份。", "evidence")
    shown = fact.document_contents() if isinstance(fact, PromiseChange) else ()
    if {hidden.mark_of(content) for content in shown if content} & marks:
        yield Reason("这份批准文件已经依法隐去，不能再公布，请去掉文件或网址。", "document")


@contextmanager
def _in_hand(fact: ReviewedFact) -> Iterator[ReviewedFact]:
    """The current row of the fact, locked until the block ends. Raises PublicationError where it is public already."""
    with transaction.atomic():
        block_publications()
        fact = type(fact).objects.select_for_update(of=("self",)).get(pk=fact.pk)
        if fact.is_published:
            raise PublicationError(f"这份{fact.word}已经公布了。{fact.published_hint}")
        yield fact


def submit(fact: ReviewedFact, *, by: User) -> None:
    """Hand a draft to the reviewers. Raises PublicationError with every reason for which it could not be published."""
    with _in_hand(fact) as fact:
        if fact.submitted_at:
            raise PublicationError(f"这份{fact.word}已经送审（{fact.submission}），不用再送。")
        if isinstance(fact, AbstractReport):  # of two about one day, submitted at once, the second finds the first
            type(fact.about).objects.select_for_update(of=("self",), no_key=True).get(pk=fact.about.pk)
        reasons = [
            *_validation_errors(fact),
            *publication_errors(fact, timezone.localdate()),
            *_hidden_errors(fact),
        ]
        if reasons:
            raise PublicationError(*reasons)
        _set_submission(fact, timezone.now(), by)


def withdraw(fact: ReviewedFact, *, by: User) -> None:
    """Make a submitted fact a draft again. Raises PublicationError where it is public, or not the person's own."""
    with _in_hand(fact) as fact:
        if not fact.submitted_at:
            raise PublicationError(f"这份{fact.word}没有在送审，已经是草稿了。")
        if not is_theirs(fact, by):
            raise PublicationError("只有牵头部门的人能撤回；管理员起草的，管理员能撤回。")
        _set_submission(fact, None, None)


def send_back(fact: ReviewedFact, *, by: User, text: str) -> None:
    """Return a submitted fact to its department; `text` says what to change. Raises PublicationError."""
    with _in_hand(fact) as fact:
        if not fact.submitted_at:
            raise PublicationError(f"只能退回送审中的{fact.word}，这一份已经撤回或退回了。")
        if not by.has_perm(f"{fact._meta.app_label}.publish_{fact._meta.model_name}"):
            raise PublicationError("您没有审核的权限。")
        if not text.strip():
            raise PublicationError("退回要写明意见。")
        fact.review_notes.create(by=by, text=text.strip())
        _set_submission(fact, None, None)


def _set_submission(fact: ReviewedFact, at: datetime | None, by: User | None) -> None:
    fact.submitted_at, fact.submitted_by = at, by
    fact.save(update_fields=["submitted_at", "submitted_by"])


def has_person_published() -> bool:
    """Whether anything public was published by a person rather than loaded."""
    return any(model.objects.filter(Q(published_by__isnull=False)).exists() for model in all_facts())
