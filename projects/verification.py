"""Whether the tables still say what the ledger says: the chain itself, then every published row against its entry."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.core.files.storage import Storage, default_storage
from django.db.models import Exists, ForeignKey, OuterRef, prefetch_related_objects

from ledger.chain import BATCH, Head, faults, head
from ledger.guard import Record
from ledger.models import Entry, EntryKind
from projects.acts import act_differences
from projects.models import Department, EvidencedFact, Fact, PromiseChange, Redaction, Source
from projects.publishing import all_facts
from projects.reviewers import Histories, histories

PEOPLE = ("drafted_by_id", "published_by_id")
PROMISING = (EntryKind.PLAN, EntryKind.ADDITION)
PAYLOAD = "entry__payload"  # spelled out in the query, it would make the django-stubs plugin ask an abstract model


def differences(noted: Head | None = None, *, files: Storage = default_storage) -> Iterator[str]:
    """What is wrong, in the order of the ledger; nothing when the record holds. `files` has the evidence and the documents."""
    yield from faults(Entry.objects.order_by("seq").iterator(), noted)
    last = head()  # what is published from here on is for the next check
    people = histories()
    for entries in _batches(last.seq if last else 0):
        facts = _facts(entries)
        _read_files_from(files, facts)
        hidden = _hidden(entries)  # asked later, so that what is hidden in the meantime is no fault
        for entry in entries:
            try:
                yield from _entry_differences(entry, facts[entry.seq], hidden[entry.seq], people)
            except ObjectDoesNotExist:
                yield f"{entry}（{entry.subject}）所指的内容不见了。"
    for seq in sorted(_lost_entries()):
        yield f"第 {seq} 条不见了，它公布的内容还在。"
    for model in _promised_models():
        yield from _record_differences(model)


def _batches(through: int) -> Iterator[list[Entry]]:
    """Entries up to this one, so many at a time that what they published is loaded in few questions."""
    seq = 0
    while entries := list(Entry.objects.filter(seq__gt=seq, seq__lte=through).order_by("seq")[:BATCH]):
        yield entries
        seq = entries[-1].seq


def _facts(entries: Sequence[Entry]) -> dict[int, list[Fact]]:
    """What the entries published, with all that their payloads tell, by the number of the entry."""
    found = defaultdict(list)
    for model in all_facts():
        facts = list(model.objects.published().filter(entry__gte=entries[0].seq, entry__lte=entries[-1].seq))
        prefetch_related_objects(facts, *model.payload_relations(), "drafted_by", "published_by")
        optional = [field for field in model._meta.concrete_fields if isinstance(field, ForeignKey) and field.null]
        for fact in facts:
            _forget_missing(fact, optional)
            found[fact.entry_id].append(fact)
    return found  # type: ignore[return-value]  # each is published, and has its entry


def _read_files_from(files: Storage, facts: Mapping[int, list[Fact]]) -> None:
    for fact in [fact for found in facts.values() for fact in found]:
        if isinstance(fact, EvidencedFact):
            for evidence in fact.evidence.all():
                evidence.file.storage = files
        elif isinstance(fact, PromiseChange):
            fact.document_file.storage = files


def _hidden(entries: Sequence[Entry]) -> dict[int, set[str]]:
    """The fields that are hidden of what the entries published, by the number of the entry."""
    found = defaultdict(set)
    in_force = Redaction.objects.published().filter(is_standing=True)
    asked = in_force.filter(target__gte=entries[0].seq, target__lte=entries[-1].seq)
    for target, name in asked.values_list("target", "field"):
        found[target].add(name)
    return found


def _forget_missing(fact: Fact, optional: Sequence[ForeignKey]) -> None:
    """Rows that it names and that weren't found beforehand are not taken for none: asked for again, they are missed."""
    for field in optional:
        if getattr(fact, field.attname) is not None and field.get_cached_value(fact, fact) is None:
            field.delete_cached_value(fact)


def _lost_entries() -> set[int]:
    """The numbers of those that rows say they were published by, and that aren't there."""
    entry = Entry.objects.filter(pk=OuterRef("entry"))
    return {
        seq
        for model in all_facts()
        for seq in model.objects.published().filter(~Exists(entry)).values_list("entry", flat=True)
    }


def _entry_differences(entry: Entry, facts: list[Fact], hidden: set[str], people: Histories) -> Iterator[str]:
    together = [fact for fact in facts if entry.kind in PROMISING and isinstance(fact, Department)]
    facts = [fact for fact in facts if fact not in together]
    if not facts:
        yield f"{entry}公布的内容不见了（{entry.subject}）。"
        return
    if len(facts) > 1:
        names = "、".join(f"{fact._meta.verbose_name}“{fact}”" for fact in facts)
        yield f"{entry}只公布了一件事，现在有 {len(facts)} 件：{names}。"
        return
    fact = facts[0]
    try:
        payload = fact.loaded_payload()
    except (ArithmeticError, LookupError, TypeError, ValueError):  # such as of changes that no field can hold
        yield f"{entry}（{fact._meta.verbose_name}“{fact}”）现在的内容读不懂。"
        return
    rebuilt = _as_far_as_recorded(payload, entry.payload)
    rebuilt = _with_digests_of_hidden(rebuilt, entry.payload, hidden)
    place = first_difference(entry.payload, rebuilt)
    if "acts" in entry.payload:
        place = place or next(act_differences(fact, people), "")
    if fact.kind != entry.kind or fact.subject != entry.subject:
        place = place or "对象"
    if place:
        yield f"{entry}（{fact._meta.verbose_name}“{fact}”）与现在的内容不同：{place}。"
    yield from _moment_differences(fact, entry)
    for department in together:  # what else it says is in the payload
        if any(getattr(department, name) != getattr(fact, name) for name in ("source_id", *PEOPLE)):
            yield f"{entry}（部门“{department}”）与现在的内容不同：办理。"


def _moment_differences(record: Record, entry: Entry) -> Iterator[str]:
    if record.published_at != entry.at or record.published_on != entry.published_on:
        yield f"{entry}（{record._meta.verbose_name}“{record}”）的公布时间被改过。"


def _promised_models() -> list[type[Record]]:
    """Of what has no entry of its own, or needs none."""
    models = [model for model in apps.get_models() if issubclass(model, Record)]
    return [model for model in models if model is Department or not issubclass(model, Fact)]


def _record_differences(model: type[Record]) -> Iterator[str]:
    """Promises and sources share the entry that made them public; a promise's is that of a plan or an addition.

    A department may have one of its own.
    """
    # Without the payload: that of a plan is as large as the plan, and comes with each of its promises.
    for record in model.objects.published().select_related("entry").defer(PAYLOAD):
        if record.entry is None:
            yield f"第 {record.entry_id} 条不见了，它公布的{record._meta.verbose_name}“{record}”还在。"
            continue
        yield from _moment_differences(record, record.entry)
        if not (model is Source or record.entry.kind in PROMISING or isinstance(record, Department)):
            yield f"{record.entry}没有公布{record._meta.verbose_name}“{record}”。"


def _with_digests_of_hidden(rebuilt: dict, recorded: dict, hidden: set[str]) -> dict:
    """What was redacted can't be digested again; its recorded digest stands in, where the content is really gone."""
    for field in hidden:
        if field.startswith("evidence/"):
            position = int(field.removeprefix("evidence/"))
            for now, then in zip(rebuilt.get("evidence", []), recorded.get("evidence", []), strict=False):
                if now["position"] == then["position"] == position:
                    now |= {name: value for name, value in then.items() if name not in now}
        elif field in recorded.get("texts", {}) and field not in rebuilt["texts"]:
            rebuilt["texts"][field] = recorded["texts"][field]
            if field in recorded and field not in rebuilt:  # what went with the text
                rebuilt[field] = recorded[field]
    return rebuilt


def _as_far_as_recorded(rebuilt: dict, recorded: dict) -> dict:
    """Without the renditions that a picture was given after its publication, and what entries of earlier versions don't tell."""
    for name in ("acts", "reviewers"):
        if name not in recorded and not rebuilt.get(name):
            rebuilt.pop(name, None)
    for now, then in zip(rebuilt.get("evidence", []), recorded.get("evidence", []), strict=False):
        drawn = then.get("renditions", {})
        told = {name: value for name, value in now.pop("renditions", {}).items() if name in drawn}
        now |= {"renditions": told} if told else {}
    return rebuilt


def first_difference(recorded: Any, rebuilt: Any, path: str = "") -> str:
    """The path of the first value in which two payloads differ; empty when they are the same."""
    if isinstance(recorded, dict) and isinstance(rebuilt, dict):
        for key in sorted(recorded.keys() | rebuilt.keys()):
            place = first_difference(recorded.get(key), rebuilt.get(key), f"{path}.{key}" if path else key)
            if place:
                return place
        return ""
    if isinstance(recorded, list) and isinstance(rebuilt, list) and len(recorded) == len(rebuilt):
        places = (
            first_difference(a, b, f"{path}[{i}]") for i, (a, b) in enumerate(zip(recorded, rebuilt, strict=True))
        )
        return next(filter(None, places), "")
    return "" if recorded == rebuilt and type(recorded) is type(rebuilt) else path
