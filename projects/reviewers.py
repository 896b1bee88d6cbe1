"""Who may publish: the reviewers of the first day, and whoever became one since in sight of the others.

The rule is `authority`, which reads what happened to one person, in order.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.roles import REVIEWER
from ledger.models import Entry, EntryKind
from projects.models import Appointment, FirstReviewer

WAIT = timedelta(hours=24)
UNCONFIRMED = timedelta(days=30)
HOLDING = Q(is_active=True) & (Q(is_superuser=True) | Q(groups__name=REVIEWER))


@dataclass(frozen=True)
class Authority:
    """What of a person's right to publish is on the record. `since` is None where nobody has touched it since the first plan."""

    since: datetime | None = None
    is_confirmed: bool = False
    is_objected: bool = False

    @property
    def until(self) -> datetime | None:
        """When somebody may publish whom nobody confirmed."""
        return self.since and self.since + WAIT

    def may_publish(self, now: datetime) -> bool:
        return not self.is_objected and (self.until is None or self.is_confirmed or now >= self.until)

    def is_unconfirmed(self, now: datetime) -> bool:
        """Whether what is published now says that no other reviewer stands behind who publishes it."""
        return self.since is not None and not self.is_confirmed and now < self.since + UNCONFIRMED


def authority(acts: Iterable[tuple[EntryKind, datetime]], *, was_first: bool) -> Authority | None:
    """None for whom the record knows nothing of, or whose role was taken.

    An objection stands, whatever is given anew, until the person is confirmed.
    """
    known: Authority | None = Authority() if was_first else None
    is_objected = False
    for act, at in acts:
        if act in Appointment.WAITING:
            known = Authority(at)
        elif act == EntryKind.DISMISSAL:
            known = None
        elif act == EntryKind.OBJECTION:
            is_objected = True
        else:
            is_objected = False
            known = known and replace(known, is_confirmed=True)
    return known and replace(known, is_objected=is_objected)


def has_plan() -> bool:
    """Whether there is anything yet that nobody may move alone."""
    return Entry.objects.filter(kind=EntryKind.PLAN).exists()


def holds_role(person: User) -> bool:
    """As the database has it now. Who can't sign in holds nothing."""
    return User.objects.filter(HOLDING, pk=person.pk).exists()


def holders() -> QuerySet[User]:
    return User.objects.filter(HOLDING).distinct().order_by("pk")


@dataclass(frozen=True)
class Histories:
    """What happened to people's right to publish: entry, act and moment by person, and who was there first."""

    acts: dict[int, list[tuple[int, EntryKind, datetime]]]
    first: set[int]

    def authority(self, person: int, before: int | None = None) -> Authority | None:
        """Now, or as the entry of the number `before` was made."""
        acts = [(act, at) for seq, act, at in self.acts.get(person, ()) if before is None or seq < before]
        return authority(acts, was_first=person in self.first)


def histories(people: Collection[int] | None = None) -> Histories:
    """Of the people with these keys, or of everybody, in a constant number of queries."""
    happened, first = Appointment.objects.published().order_by("entry"), FirstReviewer.objects.published()
    if people is not None:
        happened, first = happened.filter(person__in=people), first.filter(person__in=people)
    acts: dict[int, list[tuple[int, EntryKind, datetime]]] = defaultdict(list)
    for key, seq, act, at in happened.values_list("person", "entry", "act", "published_at"):
        acts[key].append((seq, EntryKind(act), at))  # type: ignore[arg-type]  # published
    return Histories(acts, set(first.values_list("person", flat=True)))


def authorities(people: Collection[int]) -> dict[int, Authority | None]:
    """As things stand: where there is no plan yet, everybody is one of the first."""
    known = histories(people)
    if not known.first.issuperset(people) and not has_plan():
        known.first.update(people)
    return {person: known.authority(person) for person in people}


def authority_of(person: User) -> Authority | None:
    return authorities([person.pk])[person.pk]


def publishing_error(person: User) -> str:
    """Why somebody with the right to publish can't do so yet, and until when; empty for whoever can."""
    return publishing_error_of(authority_of(person), person)


def publishing_error_of(known: Authority | None, person: User) -> str:
    if known is not None and known.may_publish(timezone.now()):
        return ""
    on_server = f"请操作员在服务器上运行 portal confirm_reviewer {person.get_username()}。"
    if known is None:
        return f"您的审核员身份没有记进公开记录，可以看，不能公布。{on_server}"
    if known.is_objected:
        return f"有人对您的审核员身份提出了异议，可以看，不能公布。{on_server}"
    until = timezone.localtime(known.until)
    return (
        "您的审核员身份或密码是别人刚设的，可以看，还不能公布："
        f"等另一位审核员在工作台上确认，或者到 {until:%Y-%m-%d %H:%M} 没有人提出异议。"
    )


def note_first_reviewers() -> None:
    """As the first plan is published: whoever can publish now is who its entry counts."""
    now = list(holders())
    FirstReviewer.objects.drafts().exclude(person__in=now).delete()
    known = set(FirstReviewer.objects.values_list("person", flat=True))
    FirstReviewer.objects.bulk_create([FirstReviewer(person=one) for one in now if one.pk not in known])
