"""Becoming a reviewer, once there is a plan to keep: everybody sees it, and another one confirms it or a day passes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from ledger import chain
from ledger.chain import PublicationError
from ledger.models import Entry, EntryKind
from projects.acts import department_of, role_of
from projects.models import Appointment, FirstReviewer
from projects.publishing import publish_unchecked
from projects.reviewers import (
    UNCONFIRMED,
    Authority,
    authorities,
    authority_of,
    has_plan,
    holds_role,
    publishing_error_of,
)


def note_role(person: User, *, had_role: bool, by: User) -> Entry | None:
    """After an account was saved: an entry where the person became a reviewer by it, or is one no more.

    None where nothing changed, and before the first plan, whose entry will count who is one then. Raises PublicationError.
    """
    holds = holds_role(person)
    if holds == had_role:
        return None
    with transaction.atomic():
        chain.lock()
        if has_plan():
            return _noted(person, EntryKind.APPOINTMENT if holds else EntryKind.DISMISSAL, by=by)
        if holds:
            office = {"role": role_of(by, "drafted"), "department": department_of(by)}
            FirstReviewer.objects.get_or_create(person=person, defaults={"office": office})
        else:
            FirstReviewer.objects.filter(person=person).delete()
    return None


def note_password(person: User, *, by: User | None) -> Entry | None:
    """After `by` set the password of another one; None where that opens nothing. Raises PublicationError."""
    if not (holds_role(person) and has_plan()):
        return None
    return _noted(person, EntryKind.PASSWORD, by=by)


def _noted(person: User, act: EntryKind, *, by: User | None, about: Appointment | None = None) -> Entry:
    with transaction.atomic():
        chain.lock()
        at = chain.moment()
        appointment = Appointment.objects.create(person=person, act=act, about=about, drafted_by=by)
        return publish_unchecked(appointment, at, by)


@dataclass(frozen=True)
class Waiting:
    """What the desks tell of: an appointment that no other reviewer has confirmed."""

    appointment: Appointment
    authority: Authority

    @property
    def until(self) -> datetime | None:
        return self.authority.until

    @property
    def is_over(self) -> bool:
        return self.until is None or timezone.now() >= self.until


def waiting() -> list[Waiting]:
    """Of the last days, the latest first."""
    since = timezone.now() - UNCONFIRMED
    rows = Appointment.objects.published().filter(act__in=Appointment.WAITING, published_at__gt=since)
    last: dict[int, Appointment] = {}
    for appointment in rows.select_related("person", "published_by").order_by("entry"):
        last[appointment.person_id] = appointment
    known = authorities(last)
    found = [Waiting(one, authority) for key, one in last.items() if (authority := known[key])]
    return [one for one in reversed(found) if one.authority.is_unconfirmed(timezone.now())]


def decision_errors(one: Waiting, act: EntryKind, *, by: User, own: Authority | None) -> Iterator[str]:
    """Why `by` can't confirm it (APPROVAL), which is a reviewer's, or object to it (OBJECTION), which administrators may too.

    Whom nobody has confirmed confirms nobody: two who were made at once would stand behind each other.
    """
    appointment, known = one.appointment, one.authority
    if by.pk == appointment.person_id:
        yield "说的是您自己，请另一位审核员来办。"
    elif by.pk == appointment.published_by_id:
        yield "这是您自己办的，请另一位审核员来办。"
    elif not by.has_perm("projects.publish_report"):
        if not (act == EntryKind.OBJECTION and by.has_perm("auth.change_user")):
            yield "您没有确认的权限。"
    elif error := publishing_error_of(own, by):
        yield error
    elif act == EntryKind.APPROVAL and own and own.is_unconfirmed(timezone.now()):
        yield "还没有另一位审核员确认过您，您上任或重设密码的 30 天里不能确认别人。"
    if known.since != appointment.published_at or known.is_confirmed:
        yield "这一条已经确认过，或者后来又有变化，请回到工作台再看一遍。"
    elif known.is_objected:
        name = appointment.person.get_username()
        yield f"已经有人提出异议：要确认，请操作员在服务器上运行 portal confirm_reviewer {name}。"
    elif act == EntryKind.OBJECTION and one.is_over:
        yield "24 小时已经过了，不能再提出异议；要停下来，请管理员免去这位审核员。"


def decide(person: User, act: EntryKind, *, about: str, by: User) -> Entry:
    """`about` is the number of the entry that `by` was shown. Raises PublicationError."""
    with transaction.atomic():
        chain.lock()
        appointment = _last_given(person)
        if appointment is None or str(appointment.entry_id) != about:
            raise PublicationError("您看过以后又有变化，请再看一遍。")
        one = Waiting(appointment, authority_of(person) or Authority())
        reasons = list(decision_errors(one, act, by=by, own=authority_of(by)))
        if reasons:
            raise PublicationError(*reasons)
        return _noted(person, act, by=by, about=appointment)


def _last_given(person: User) -> Appointment | None:
    given = Appointment.objects.published().filter(person=person, act__in=Appointment.WAITING)
    return given.select_related("person").order_by("-entry").first()


def confirm_on_server(person: User) -> Entry | None:
    """For whom nobody else is left to ask; None where nothing is to be confirmed. Raises PublicationError."""
    if not holds_role(person):
        raise PublicationError(f"{person.get_username()} 不是审核员，或者账号已经停用。")
    with transaction.atomic():
        chain.lock()
        known = authority_of(person)
        if known and not known.is_objected and (known.since is None or known.is_confirmed):
            return None
        last = _last_given(person)
        if known is None or last is None:
            _noted(person, EntryKind.APPOINTMENT, by=None)
            last = _last_given(person)
        return _noted(person, EntryKind.APPROVAL, by=None, about=last)
