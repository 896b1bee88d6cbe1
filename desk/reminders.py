"""Reminders by mail: to whom, about what, in which words, and never twice.

The desk shows the same items, whether or not a mail arrives. A message is first a row (`Reminder`): it is claimed, sent and
then marked as sent; one that fails stays pending for the next run.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email.utils import formataddr
from smtplib import SMTPDataError, SMTPRecipientsRefused

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.publisher import publisher
from accounts.roles import REVIEWER
from common import marks
from common.formats import day_text, day_texts
from desk.agenda import ReminderItem, ReminderKind, ReportingTask, is_reminder_due, reminder_items_of, review_items_of
from desk.dashboard import acting_memberships, reporting_tasks_of
from desk.queue import submitted_reports
from projects.snapshots import DepartmentSnapshot, load_departments
from tasks.access import Led
from tasks.models import Channel, Reminder

# After this time another run may send what a run that was killed had claimed.
CLAIM = timedelta(minutes=5)

HEADINGS = {
    ReminderKind.RETURNED: "退回来要改的",
    ReminderKind.STALE: "逾期没有更新的",
    ReminderKind.DUE: "该填报的",
    ReminderKind.WAITING: "等您审核超过 3 天的",
}
COUNTED = {
    ReminderKind.RETURNED: "{} 份退回",
    ReminderKind.STALE: "{} 项逾期未更新",
    ReminderKind.DUE: "{} 项该填报",
    ReminderKind.WAITING: "{} 份等审核",
}


# The items of each person


def reporting_tasks_by_department(today: date) -> dict[str, list[ReportingTask]]:
    """By the slug of each department that answers for it."""
    found = defaultdict(list)
    for reporting_task in reporting_tasks_of(Led.by_anybody(), today):
        for slug in reporting_task.subject.lead_slugs:
            found[slug].append(reporting_task)
    return found


def reminder_items_by_person(now: datetime) -> dict[User, list[ReminderItem]]:
    """Everything to remind each person of now, whether or not they were reminded before."""
    by_department = reporting_tasks_by_department(timezone.localdate(now))
    found: defaultdict[User, list[ReminderItem]] = defaultdict(list)
    for membership in acting_memberships():
        for reporting_task in by_department.get(membership.department.slug, ()):
            found[membership.user] += reminder_items_of(reporting_task)
    for person, items in found.items():  # of two departments that lead the same
        found[person] = list({item.key: item for item in items}.values())
    waiting = review_items_of(submitted_reports(), now)
    for reviewer in User.objects.filter(is_active=True, groups__name=REVIEWER).order_by("username"):
        found[reviewer] += [item for item in waiting if item.report.drafted_by_id != reviewer.pk]
    return {person: items for person, items in found.items() if items}


@dataclass(frozen=True)
class Message:
    """The items to send to a person today; `others` counts those that were sent before and aren't due again."""

    person: User
    items: list[ReminderItem]
    others: int


def messages_of(items: Mapping[User, list[ReminderItem]], reminders: Iterable[Reminder], today: date) -> list[Message]:
    """What to send today, given the earlier reminders: at most one message a person and day."""
    reminded, reminded_today = defaultdict(list), set()
    for reminder in reminders:
        if reminder.channel == Channel.PENDING:
            continue
        for key in reminder.matters:
            reminded[reminder.person_id, key].append(reminder.day)
        if reminder.day >= today:
            reminded_today.add(reminder.person_id)
    messages = []
    for person, all_items in items.items():
        new = [item for item in all_items if is_reminder_due(reminded[person.pk, item.key], today)]
        if new and person.pk not in reminded_today:
            rank = list(ReminderKind)
            new.sort(key=lambda item: rank.index(item.kind))
            messages.append(Message(person, new, len(all_items) - len(new)))
    return messages


def current_messages(now: datetime) -> list[Message]:
    items = reminder_items_by_person(now)
    reminders = Reminder.objects.filter(person__in=[person.pk for person in items])
    return messages_of(items, reminders, timezone.localdate(now))


# The texts


def desk_address(site: str | None = None) -> str:
    """`site` is scheme and host where a request says them, else SITE_URL; only the path where that is empty."""
    return f"{settings.SITE_URL if site is None else site}{reverse('admin:index')}"


def subject_of(message: Message) -> str:
    return f"{mark_of(message.items)}{publisher().site_name}：{_counted(message.items)}"


def mark_of(items: Iterable[ReminderItem]) -> str:
    """Of a site for a rehearsal, and where any of the items is about illustrative data."""
    rows = (item.reporting_task.subject if item.reporting_task else item.report for item in items)
    return marks.mark_of(is_illustrative=any(row.is_illustrative for row in rows))


def _counted(items: Iterable[ReminderItem]) -> str:
    kinds = [item.kind for item in items]
    return "，".join(words.format(kinds.count(kind)) for kind, words in COUNTED.items() if kind in kinds)


def body_of(message: Message, today: date) -> str:
    """Plain text. It does not contain the notes with which reports were returned."""
    person = message.person
    lines = [f"{person.get_full_name() or person.get_username()}：", ""]
    for kind, heading in HEADINGS.items():
        items = [item for item in message.items if item.kind is kind]
        if items:
            lines += [f"{heading}：", *(f"· {reminder_line(item, today)}" for item in items), ""]
    if message.others:
        lines += [f"另有 {message.others} 件以前提醒过，都写在工作台上。", ""]
    lines += [
        f"请登录工作台办理：{desk_address()}",
        "",
        "同一件事在当天、1 天、7 天、30 天后各提醒一次，一天最多一封。请不要回复。",
    ]
    return "\n".join(lines)


def reminder_line(item: ReminderItem, today: date) -> str:
    match item.kind:
        case ReminderKind.RETURNED:
            held, since = day_texts(item.report.held_on, item.since, year=today.year)
            return f"{_name(item)}（数据日期 {held}）：{since}退回，审核意见在工作台上。"
        case ReminderKind.WAITING:
            held, since = day_texts(item.report.held_on, item.since, year=today.year)
            return f"{_name(item)}（数据日期 {held}）：{since}送审，等了 {(today - item.since).days} 天。"
    last_on = item.reporting_task.last_on if item.reporting_task else None
    if last_on is None:
        return f"{_name(item)}：还没有报过，第一次应在 {day_text(item.since, year=today.year)}前公布。"
    last, since = day_texts(last_on, item.since, year=today.year)
    return f"{_name(item)}：上次数据 {last}，应在 {since}前更新。"


def _name(item: ReminderItem) -> str:
    return item.reporting_task.subject.name if item.reporting_task else str(item.report.about)


def department_texts(now: datetime) -> Iterator[str]:
    """A line for each department with items, to be pasted into a chat group."""
    today = timezone.localdate(now)
    departments = load_departments(today)
    for slug, reporting_tasks in reporting_tasks_by_department(today).items():
        items = [item for reporting_task in reporting_tasks for item in reminder_items_of(reporting_task)]
        if items and slug in departments:
            yield _department_text(departments[slug], items)


def _department_text(department: DepartmentSnapshot, items: list[ReminderItem]) -> str:
    parts = []
    for kind, words in COUNTED.items():
        names = [_name(item) for item in items if item.kind is kind]
        if names:
            parts.append(f"{words.format(len(names))}（{'、'.join(names)}）")
    return f"{mark_of(items)}{department.name}：{'；'.join(parts)}。请登录工作台办理：{desk_address()}"


# Sending


@dataclass
class Result:
    """Of a run: the number of people reminded by mail and on the desk only, and (person, reason) of each failed mail."""

    by_email: int = 0
    on_desk: int = 0
    failures: list[tuple[User, str]] = field(default_factory=list)


def remind(now: datetime) -> Result:
    """Send the messages of the day. Safe to run again, and twice at once."""
    messages = current_messages(now)
    _delete_outdated([message.person.pk for message in messages], now)
    result, mailer = Result(), Mailer()
    for message in messages:
        reminder = claim(message, now)
        if reminder is None:
            continue
        if reminder.channel == Channel.DESK:
            result.on_desk += 1
        elif reason := mailer.send(message, timezone.localdate(now)):
            Reminder.objects.filter(pk=reminder.pk).update(claimed_at=None)
            result.failures.append((message.person, reason))
        else:
            Reminder.objects.filter(pk=reminder.pk).update(
                channel=Channel.EMAIL, sent_at=timezone.now(), claimed_at=None
            )
            result.by_email += 1
    mailer.close()
    return result


def _delete_outdated(people: list[int], now: datetime) -> None:
    """Delete pending messages to anybody but these people, who have something to be reminded of."""
    _unclaimed(Reminder.objects.exclude(person__in=people), now).delete()


def _unclaimed(reminders: QuerySet[Reminder], now: datetime) -> QuerySet[Reminder]:
    """The pending ones that no other run is sending."""
    is_free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - CLAIM)
    return reminders.filter(is_free, channel=Channel.PENDING)


def claim(message: Message, now: datetime) -> Reminder | None:
    """The row of the person's message, claimed for this run; None where another run claimed it or has sent one today."""
    person, today = message.person, timezone.localdate(now)
    is_mail = bool(settings.EMAIL_URL and person.email)
    try:
        with transaction.atomic():
            rows = Reminder.objects.select_for_update().filter(Q(day=today) | Q(channel=Channel.PENDING), person=person)
            old = list(rows)
            if len(old) != len(_unclaimed(rows, now)):
                return None
            reminder = old[0] if old else Reminder(person=person)
            reminder.day, reminder.matters = today, [item.key for item in message.items]
            reminder.channel = Channel.PENDING if is_mail else Channel.DESK
            reminder.claimed_at = timezone.now() if is_mail else None
            reminder.save()
            return reminder
    except IntegrityError:  # the other run was faster by a moment
        return None


class Mailer:
    """One connection to the mail server. After a failure of the server, `send` refuses every further message."""

    def __init__(self):
        self.connection: BaseEmailBackend | None = None
        self.trouble = ""

    def send(self, message: Message, today: date) -> str:
        """The reason why it was not sent, empty when it was."""
        if self.trouble:
            return self.trouble
        try:
            if self.connection is None:
                self.connection = get_connection()
                self.connection.open()
            self.connection.send_messages([self._mail(message, today)])
        except (SMTPRecipientsRefused, SMTPDataError, ValueError) as error:  # only this message
            return f"{message.person.email} 不收：{error}"
        except OSError as error:  # includes SMTPException and timeouts
            self.trouble = f"邮件服务器没有收下：{error}"
            return self.trouble
        return ""

    def _mail(self, message: Message, today: date) -> EmailMessage:
        return EmailMessage(
            subject_of(message),
            body_of(message, today),
            formataddr((publisher().site_name, settings.EMAIL_FROM)),
            to=[message.person.email],
            headers={"Auto-Submitted": "auto-generated"},
        )

    def close(self) -> None:
        if self.connection and not self.trouble:
            try:
                self.connection.close()
            except OSError as error:  # after every message was sent
                self.trouble = str(error)
