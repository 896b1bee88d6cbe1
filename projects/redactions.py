"""Hiding what the law forbids to show, everywhere at once, and what becomes of it: confirmed by another reviewer, or
restored because nobody did."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from common.media.store import files_removed_on_failure
from ledger import chain
from ledger.chain import PublicationError
from ledger.guard import publishing
from ledger.models import Entry
from projects import hidden
from projects.hidden import Content
from projects.models import AbstractEvidence, EvidencedFact, Fact, Redaction, RedactionDecision
from projects.publishing import evidence_models, publish, publish_unchecked, redactable
from projects.reviewers import publishing_error

DAYS_TO_CONFIRM = 7


@dataclass(frozen=True)
class Place:
    """Where the same stands, or in another version of a fact what may be the same. `key` names it in a form.

    `entry` and `field` are those of a redaction; without them it is no part of the record, and `content` is what goes.
    """

    key: str
    label: str
    is_same: bool = True
    entry: Entry | None = None
    field: str = ""
    content: Content | None = None


def places_of(fact: Fact, field: str) -> list[Place]:
    """The content itself first, then wherever else it stands; nothing where it is hidden already."""
    if field not in redactable(fact):
        return []
    if isinstance(fact, EvidencedFact) and field.startswith("evidence/"):
        return [_place(fact, field), *_evidence_places(fact, field)]
    return [_place(fact, field), *_text_places(fact, field)]


def _place(fact: Fact, field: str, *, is_same: bool = True) -> Place:
    label = f"公开记录{fact.entry}：{redactable(fact)[field]}"
    return Place(f"{fact.entry_id}/{field}", label, is_same, fact.entry, field)


def versions_of(fact: Fact) -> Iterator[Fact]:
    """The other published ones along its corrections."""
    earlier = getattr(fact, "corrects", None)
    while earlier is not None:
        yield earlier
        earlier = earlier.corrects
    later = _correction_of(fact)
    while later is not None:
        yield later
        later = _correction_of(later)


def _correction_of(fact: Fact) -> Fact | None:
    if not hasattr(type(fact), "corrects"):
        return None
    return type(fact).objects.published().filter(corrects=fact).first()  # type: ignore[misc]  # it has the column: asked above


def _text_places(fact: Fact, field: str) -> Iterator[Place]:
    for version in versions_of(fact):
        if field in redactable(version):
            yield _place(version, field, is_same=getattr(version, field) == getattr(fact, field))


def _evidence_places(fact: EvidencedFact, field: str) -> Iterator[Place]:
    own = fact.evidence.get(position=field.removeprefix("evidence/"))
    content = hidden.bytes_of(str(own.file)) if own.file and default_storage.exists(str(own.file)) else None
    for evidence in same_evidence(own, content):
        yield _place(evidence.report, f"evidence/{evidence.position}")
    if content is not None:
        for name in settings.SHOWN_ELSEWHERE:
            yield from import_string(name)(content)


def same_evidence(own: AbstractEvidence, content: bytes | None) -> Iterator[AbstractEvidence]:
    """In published facts of every kind: the same file, or the same link."""
    for model in evidence_models():
        yield from _same_evidence_of(model, own, content)


def _same_evidence_of(
    model: type[AbstractEvidence], own: AbstractEvidence, content: bytes | None
) -> Iterator[AbstractEvidence]:
    rows = model.objects.published().exclude(salt="").select_related("report__entry")  # type: ignore[misc]  # of each kind
    if isinstance(own, model):
        rows = rows.exclude(pk=own.pk)
    if content is None:
        yield from rows.filter(url=own.url, file="").exclude(url="").order_by("report__entry", "position")
        return
    for evidence in rows.exclude(file="").order_by("report__entry", "position"):
        if has_bytes(str(evidence.file), content):
            yield evidence


def has_bytes(name: str, content: bytes) -> bool:
    """Whether the stored file is the same; it is read only where it is as long."""
    return (
        default_storage.exists(name) and default_storage.size(name) == len(content) and hidden.bytes_of(name) == content
    )


def hide(fact: Fact, field: str, *, also: Collection[str], reason: str, by: User) -> list[Entry]:
    """At once, with an entry each: the content and, of the other places, those whose keys are in `also`.

    Raises PublicationError; then nothing is hidden.
    """
    with files_removed_on_failure(), transaction.atomic():
        chain.lock()
        places = places_of(fact, field)
        if not places:
            raise PublicationError("这一项已经隐去了。")
        own, *others = places
        if set(also) - {place.key for place in others}:
            raise PublicationError("您看过以后又有变化，请再看一遍。")
        chosen = [own, *(place for place in others if place.key in also)]
        redactions = []
        for place in chosen:
            if place.entry is not None:
                redactions.append(Redaction(target=place.entry, field=place.field, reason=reason, drafted_by=by))
                redactions[-1].save()
        entries = [publish(redaction, by=by) for redaction in redactions]
        for place in chosen:
            if place.content is not None:
                hidden.take(redactions[0], place.content)
    return entries


def pending() -> QuerySet[Redaction]:
    """Those that another reviewer has to confirm, the one that returns first before the others."""
    waiting = Q(is_standing=True, published_by__isnull=False, decision__isnull=True)
    return Redaction.objects.published().filter(waiting).select_related("target", "published_by").order_by("entry")


def returns_at(redaction: Redaction) -> datetime:
    return redaction.published_at + timedelta(days=DAYS_TO_CONFIRM)  # type: ignore[operator, return-value]  # published


def confirm(redaction: Redaction, *, by: User) -> Entry:
    """What it hid is destroyed. Raises PublicationError."""
    with transaction.atomic():
        chain.lock()
        redaction = Redaction.objects.select_for_update(of=("self",)).get(pk=redaction.pk)
        if not by.has_perm("projects.publish_redaction"):
            raise PublicationError("您没有确认的权限。")
        if error := publishing_error(by):
            raise PublicationError(error)
        if not redaction.is_pending:
            raise PublicationError("这一处已经确认过，或者已经恢复公开了。")
        if redaction.published_by_id == by.pk:
            raise PublicationError("隐去的人不能自己确认，请另一位审核员确认。")
        entry = _decide(redaction, is_confirmed=True, by=by)
        hidden.destroy(list(redaction.contents.all()))
    return entry


def restore_unconfirmed(now: datetime | None = None) -> list[Entry]:
    """Give back what nobody confirmed in time."""
    late = (now or timezone.now()) - timedelta(days=DAYS_TO_CONFIRM)
    entries = map(_restored, list(pending().filter(published_at__lte=late)))
    return [entry for entry in entries if entry is not None]


def _restored(redaction: Redaction) -> Entry | None:
    """None where somebody confirmed it meanwhile."""
    with transaction.atomic():
        chain.lock()
        redaction = Redaction.objects.get(pk=redaction.pk)
        if not redaction.is_pending:
            return None
        entry = _decide(redaction, is_confirmed=False, by=None)
        for taken in redaction.contents.all():
            hidden.give_back(taken)
        with publishing():
            Redaction.objects.filter(pk=redaction.pk).update(is_standing=False)
    return entry


def _decide(redaction: Redaction, *, is_confirmed: bool, by: User | None) -> Entry:
    decision = RedactionDecision(redaction=redaction, is_confirmed=is_confirmed, drafted_by=redaction.drafted_by)
    decision.save()
    return publish_unchecked(decision, chain.moment(), by)
