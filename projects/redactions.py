"""Hiding what the law forbids to show, everywhere at once, and what becomes of it: confirmed by another reviewer, or
restored because nobody did."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

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
from projects.models import EvidencedFact, Fact, PromiseChange, Redaction, RedactionDecision
from projects.publishing import change_models, evidence_models, publish, publish_unchecked, redactable
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
        return _own_first(_place(fact, field), _evidence_places(fact, field))
    if isinstance(fact, PromiseChange) and field == "document":
        return _own_first(_place(fact, field), _document_places(fact))
    return [_place(fact, field), *_text_places(fact, field)]


def _own_first(own: Place, others: Iterable[Place]) -> list[Place]:
    return [own, *(place for place in others if place.key != own.key)]


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
    yield from _same_places(own.url, str(own.file))


def _document_places(fact: PromiseChange) -> Iterator[Place]:
    """Where the same file or link stands, then other decisions whose document has the same name: where there is neither file
    nor link, it is the same."""
    is_told_alone = not (fact.document_url or fact.document_file)
    found = list(_same_places(fact.document_url, str(fact.document_file)))
    yield from found
    known = {place.key for place in found}
    for model in change_models():
        named = model.objects.published().filter(document=fact.document, document_number=fact.document_number)
        for change in named.select_related("entry").order_by("entry"):
            place = _place(change, "document", is_same=is_told_alone)
            if place.key not in known:
                yield place


def _same_places(url: str, name: str) -> Iterator[Place]:
    """Of the same file where there is one, else of the same link: in the record, then elsewhere."""
    content = hidden.bytes_of(name) if name and default_storage.exists(name) else None
    for fact, field in same_files(url, content):
        yield _place(fact, field)
    if content is not None:
        for place_finder in settings.SHOWN_ELSEWHERE:
            yield from import_string(place_finder)(content)


def same_files(url: str, content: bytes | None) -> Iterator[tuple[Fact, str]]:
    """(fact, field) in published facts of every kind: evidence and documents with these bytes, without any with this link."""
    for model in evidence_models():
        rows = model.objects.published().select_related("report__entry").order_by("report__entry", "position")  # type: ignore[misc]  # of each kind
        for evidence in _with_the_same(rows, "url", url, "file", content):
            yield evidence.report, f"evidence/{evidence.position}"
    for adjustment in change_models():
        changes = adjustment.objects.published().select_related("entry").order_by("entry")
        for change in _with_the_same(changes, "document_url", url, "document_file", content):
            yield change, "document"


def _with_the_same(rows: QuerySet, link: str, url: str, file: str, content: bytes | None) -> Iterator[Any]:
    """`link` and `file` are the names of the columns."""
    if content is None:
        yield from rows.filter(**{link: url, file: ""}).exclude(**{link: ""})
        return
    for row in rows.exclude(**{file: ""}):
        if has_bytes(str(getattr(row, file)), content):
            yield row


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
