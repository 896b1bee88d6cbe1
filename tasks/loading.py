"""Loading a record from fixtures: rows come in as drafts that carry their moment, and are published in that order."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.serializers import deserialize
from django.core.serializers.base import DeserializationError, DeserializedObject
from django.db import Error, models, transaction

from common.media.renditions import is_rendition
from common.media.store import files_removed_on_failure
from common.model_fields import column_of
from ledger import chain
from ledger.chain import PublicationError
from ledger.guard import PublishedRowError
from ledger.models import Entry
from ledger.natural_keys import cache_row, cached_references, caching_rows
from projects.models import Adjustment, Department, Fact, Redaction, Report, Source, SourceKind
from projects.publishing import all_facts, change_models, evidence_models, has_person_published, publish
from tasks import publishing  # noqa: F401  the rules of publication of plans and readings
from tasks.models import Addition, Aliases, Check, Plan, PlanAdjustment, Reading, TaskReport

# Of equal moments: first who and what is promised, then what is said about it.
ORDER: tuple[type[Fact], ...] = (
    *(Department, Plan, Addition, PlanAdjustment, Adjustment),
    *(Report, TaskReport, Reading, Check, Redaction),
)
MEDIA_FOLDER = "media"
FIXTURES = settings.BASE_DIR / "fixtures"
# Fields that no form shows but a fixture gives.
LOADED_UNSEEN = frozenset({"release_at", "code"})


def load_files(paths: Sequence[str]) -> tuple[int, list[Entry]]:
    """Load and publish all files, or nothing. Returns how many rows were new, and the entries appended.

    A row that the database has already, field for field, is passed over. Raises PublicationError where one differs.
    """
    with files_removed_on_failure(), transaction.atomic():
        chain.lock()
        with caching_rows():
            rows = sum(map(_load, paths))
        return rows, publish_loaded()


def _load(path: str) -> int:
    new = 0
    for position, loaded in enumerate(_objects(path), start=1):
        where = f"{Path(path).name} 第 {position} 项（{loaded.object._meta.verbose_name}“{_name(loaded.object)}”）"
        existing = _existing(loaded.object)
        if isinstance(existing, Aliases):
            continue  # no part of the record: people may have changed them since
        if existing is not None:
            difference = _difference(loaded, existing)
            if difference:
                raise PublicationError(f"{where}与已有的不同：{difference}。什么都没有载入。")
            continue
        _save(loaded, where)
        _copy_files(loaded.object, Path(path).parent / MEDIA_FOLDER, where)
        new += 1
    return new


def _objects(path: str) -> Iterator[DeserializedObject]:
    text = Path(path).read_text(encoding="utf-8")
    try:
        yield from deserialize("json", text)
    except (DeserializationError, ValueError) as error:
        raise PublicationError(f"{Path(path).name} 读不懂：{error}") from error


def _name(instance: models.Model) -> str:
    return "/".join(str(part) for part in instance.natural_key()) if hasattr(instance, "natural_key") else str(instance)


def _existing(instance: models.Model) -> models.Model | None:
    # The deserializer has looked the natural key up already.
    return type(instance)._default_manager.filter(pk=instance.pk).first() if instance.pk is not None else None


def _difference(loaded: DeserializedObject, existing: models.Model) -> str:
    """The first field of the fixture's row that the database holds otherwise; redacted ones don't count."""
    hidden = _hidden(existing)
    for field in existing._meta.concrete_fields:
        if field.primary_key or field.name in hidden or not (field.editable or field.name in LOADED_UNSEEN):
            continue
        old, new = _stored(field, existing), _stored(field, loaded.object)
        if old != new:
            return f"{field.verbose_name}是“{old}”，文件里是“{new}”"
    for name, keys in (loaded.m2m_data or {}).items():
        if set(getattr(existing, name).values_list("pk", flat=True)) != set(keys):
            return str(column_of(existing, name).verbose_name)
    return ""


def _stored(field: models.Field, instance: models.Model) -> object:
    value = getattr(instance, field.attname)
    return str(value or "") if isinstance(field, models.FileField) else field.to_python(value)


def _hidden(existing: models.Model) -> set[str]:
    """Fields that a redaction has emptied; a file with the original text is no contradiction."""
    if isinstance(existing, Fact) and existing.is_published:
        standing = Redaction.objects.published().filter(target=existing.entry_id, is_standing=True)
        texts = set(standing.values_list("field", flat=True))
        return texts.union(*(existing.hidden_with.get(name, ()) for name in texts))
    report = getattr(existing, "report", None)
    if report is not None and report.is_published and hasattr(existing, "salt") and not existing.salt:
        return {"title", "url", "file"}
    return set()


def _save(loaded: DeserializedObject, where: str) -> None:
    if isinstance(loaded.object, Source) and loaded.object.kind == SourceKind.ILLUSTRATIVE and has_person_published():
        raise PublicationError("这里已经有人公布过真实内容，不能再载入示例数据。请用新的 DATA_DIR。")
    try:
        loaded.object.clean_fields(exclude=cached_references(loaded.object))
        loaded.save()
        cache_row(loaded.object)
        loaded.object.validate_constraints()
    except ValidationError as error:
        raise PublicationError(f"{where}：{' '.join(error.messages)}") from error
    except (Error, PublishedRowError) as error:
        raise PublicationError(f"{where}存不进去：{error}") from error


def _copy_files(instance: models.Model, media: Path, where: str) -> None:
    """Bring the files that the fixture names from the folder beside it into the store, where they aren't yet."""
    for field in instance._meta.concrete_fields:
        name = str(getattr(instance, field.name) or "") if isinstance(field, models.FileField) else ""
        if is_rendition(name):
            raise PublicationError(f"{where}：文件 {name} 换个名字，这样的名字是留给缩小的图片的。")
        if not name or default_storage.exists(name):
            continue
        if not (media / name).is_file():
            raise PublicationError(f"{where}：缺少文件 {name}。")
        with (media / name).open("rb") as original:
            default_storage.save(name, File(original))


def publish_loaded() -> list[Entry]:
    """Publish every draft that carries its own moment, in the order of the moments; all, or none."""
    with files_removed_on_failure(), transaction.atomic():
        chain.lock()
        _store_missing_files()
        drafts = [draft for model in all_facts() for draft in model.objects.drafts().filter(release_at__isnull=False)]
        _refuse_illustration(drafts)
        drafts.sort(key=lambda draft: (draft.release_at, ORDER.index(type(draft)), draft.pk))
        return [_publish(draft) for draft in drafts]


def _store_missing_files() -> None:
    """Bring what `loaddata` leaves behind: the files that our own fixtures name."""
    for model in evidence_models():
        loaded = model.objects.drafts().filter(report__release_at__isnull=False)  # type: ignore[misc]  # of each kind
        for evidence in loaded.exclude(file=""):
            _copy_files(evidence, FIXTURES / MEDIA_FOLDER, f"佐证材料“{evidence}”")
    for adjustment in change_models():
        for change in adjustment.objects.drafts().filter(release_at__isnull=False).exclude(document_file=""):
            _copy_files(change, FIXTURES / MEDIA_FOLDER, f"批准文件“{change.document}”")


def _publish(draft: Fact) -> Entry:
    try:
        return publish(draft)
    except PublicationError as error:
        raise PublicationError(f"{draft._meta.verbose_name}“{_name(draft)}”不能公布：{error}") from error


def _refuse_illustration(drafts: Sequence[Fact]) -> None:
    if any(draft.is_illustrative for draft in drafts) and has_person_published():
        raise PublicationError("这里已经有人公布过真实内容，不能再公布示例数据。请用新的 DATA_DIR。")
