"""Loading a record from fixtures: rows come in as drafts that carry their moment, and are published in that order."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.serializers.base import DeserializationError, DeserializedObject
from django.core.serializers.python import Deserializer
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
from tasks.models import Addition, Aliases, Check, Plan, PlanAdjustment, Reading, TaskReport, Vote
from tasks.row_errors import RowError, own_errors_of, row_errors_of

# Of equal moments: first who and what is promised, then what is said about it.
ORDER: tuple[type[Fact], ...] = (
    *(Department, Plan, Addition, PlanAdjustment, Adjustment),
    *(Report, TaskReport, Reading, Check, Vote, Redaction),
)
PROMISES = (Department, Plan, Addition)
MEDIA_FOLDER = "media"
FIXTURES = settings.BASE_DIR / "fixtures"
# Fields that no form shows but a fixture gives.
LOADED_UNSEEN = frozenset({"release_at", "code"})


def load_files(paths: Sequence[str]) -> tuple[int, list[Entry]]:
    """Load and publish all files, or nothing. Returns how many rows were new, and the entries appended.

    A row that the database has already, field for field, is passed over. Raises PublicationError with everything that is
    wrong, each with its file, row and field; what follows from another of them is left out.
    """
    with files_removed_on_failure(), transaction.atomic():
        chain.lock()
        loading = _Loading()
        with caching_rows():
            rows = sum(loading.load(Path(path)) for path in paths)
        if loading.errors:
            raise PublicationError(*loading.errors)
        return rows, publish_loaded(loading.places)


@dataclass
class _Loading:
    """What is wrong with the rows so far, the values of those that failed by model, and where each new fact stands."""

    errors: list[str] = field(default_factory=list)
    failed: list[tuple[type[models.Model], set[str]]] = field(default_factory=list)
    places: dict[models.Model, str] = field(default_factory=dict)

    def load(self, path: Path) -> int:
        """How many rows were new."""
        return sum(self._row(row, path, position) for position, row in enumerate(_rows(path)))

    def _row(self, row: Any, path: Path, position: int) -> bool:
        shape = _shape_error(row)
        if shape:
            self.errors.append(f"{path.name} 第 {position + 1} 项：{shape}")
            return False
        place = f"{path.name} 第 {position + 1} 项（{_title(row)}）"
        try:
            _check_fields(row)
            with transaction.atomic():
                instance = _load(row, path.parent / MEDIA_FOLDER)
        except DeserializationError as error:
            self._refuse(row, place, self._unread(row, position, error))
        except ValidationError as error:
            self._refuse(row, place, row_errors_of(position, error))
        except PublicationError as error:
            self._refuse(row, place, [RowError(position, "", str(error))])
        except (Error, PublishedRowError) as error:
            self._refuse(row, place, [RowError(position, "", f"存不进去：{error}")])
        else:
            if isinstance(instance, Fact):
                self.places[instance] = place
            return instance is not None
        return False

    def _refuse(self, row: dict[str, Any], place: str, errors: Sequence[RowError]) -> None:
        model = apps.get_model(row["model"])
        self.errors += [f"{place}：{_label(model, error.field)}{error.text}" for error in errors]
        self.failed.append((model, set(_plain_values(row["fields"].values()))))

    def _unread(self, row: dict[str, Any], position: int, reason: DeserializationError) -> list[RowError]:
        """The errors of its plain values, and what it names in vain; not what is missing because of errors of its own."""
        errors, follows = own_errors_of(position, row), False
        for column, key in _names_in(row):
            if not _is_there(column, key):
                parts = list(_plain_values([key]))
                if any(model is column.related_model and set(parts) <= values for model, values in self.failed):
                    follows = True
                else:
                    errors.append(RowError(position, column.name, f"没有“{'/'.join(parts)}”，要写在它前面。"))
        return errors if errors or follows else [RowError(position, "", f"读不懂：{reason}")]


def _rows(path: Path) -> list[Any]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise PublicationError(f"没有这个文件：{path}。") from error
    except UnicodeDecodeError as error:
        raise PublicationError(f"{path.name} 不是 UTF-8 编码，请用 UTF-8 重新保存。") from error
    except json.JSONDecodeError as error:
        raise PublicationError(
            f"{path.name} 第 {error.lineno} 行第 {error.colno} 个字读不懂，不是 JSON 的写法：{error.msg}。"
        ) from error
    if not isinstance(rows, list):
        raise PublicationError(f"{path.name} 要写成一个列表，照 fixtures/plan_2020.json 的样子。")
    return rows


def _shape_error(row: Any) -> str:
    """Why it is no row of a known kind; "" where it is one."""
    if not (isinstance(row, dict) and isinstance(row.get("model"), str) and isinstance(row.get("fields"), dict)):
        return '要写成 {"model": "…", "fields": {…}}。'
    try:
        apps.get_model(row["model"])
    except (LookupError, ValueError):
        return f"没有“{row['model']}”这一种。"
    return ""


def _check_fields(row: dict[str, Any]) -> None:
    """Raises PublicationError where the row has fields that its kind doesn't."""
    options = apps.get_model(row["model"])._meta
    unknown = row["fields"].keys() - {column.name for column in (*options.fields, *options.many_to_many)}
    if unknown:
        raise PublicationError(f"没有这样的字段：{'、'.join(sorted(unknown))}。")


def _title(row: dict[str, Any]) -> str:
    """`举措“2017/major/1/2”`: its kind and its natural key, as far as it has one."""
    model = apps.get_model(row["model"])
    names = dict.fromkeys(lookup.split("__")[0] for lookup in getattr(model, "natural", ("slug",)))
    key = [row["fields"][name] for name in names if row["fields"].get(name) not in (None, "")]
    return f"{model._meta.verbose_name}“{'/'.join(_plain_values(key))}”" if key else str(model._meta.verbose_name)


def _label(model: type[models.Model], name: str) -> str:
    """In front of what is wrong; "" where that concerns the whole row."""
    return f"{column_of(model, name).verbose_name}：" if name else ""


def _plain_values(values: Iterable[Any]) -> Iterator[str]:
    """Those of nested lists too."""
    for value in values:
        if isinstance(value, list | tuple):
            yield from _plain_values(value)
        else:
            yield str(value)


def _names_in(row: dict[str, Any]) -> Iterator[tuple[models.Field, Any]]:
    """The other rows that it names, each with its column."""
    options = apps.get_model(row["model"])._meta
    for column in (*options.concrete_fields, *options.many_to_many):
        value = row["fields"].get(column.name)
        if column.is_relation and value is not None:
            keys = value if column.many_to_many and isinstance(value, list) else [value]
            yield from ((column, key) for key in keys)


def _is_there(column: models.Field, key: Any) -> bool:
    manager: Any = column.related_model._default_manager  # type: ignore[union-attr]  # of a relation
    try:
        if isinstance(key, list) and hasattr(manager, "get_by_natural_key"):
            return manager.get_by_natural_key(*key) is not None
        return manager.filter(pk=key).exists()
    except (ObjectDoesNotExist, TypeError, ValueError, ValidationError):
        return False


def _load(row: dict[str, Any], media: Path) -> models.Model | None:
    """The new row; None where the database has it already."""
    try:
        loaded = next(iter(Deserializer([row])))
    except (ObjectDoesNotExist, TypeError, ValueError, AttributeError) as error:  # while its natural key is looked up
        raise DeserializationError(str(error)) from error
    existing = _existing(loaded.object)
    if isinstance(existing, Aliases):
        return None  # no part of the record: people may have changed them since
    if existing is not None:
        difference = _difference(loaded, existing)
        if difference:
            raise PublicationError(f"与已有的不同：{difference}。")
        return None
    _save(loaded)
    _copy_files(loaded.object, media)
    return loaded.object


def _name(instance: models.Model) -> str:
    return "/".join(str(part) for part in instance.natural_key()) if hasattr(instance, "natural_key") else str(instance)


def _existing(instance: models.Model) -> models.Model | None:
    # The deserializer has looked the natural key up already.
    return type(instance)._default_manager.filter(pk=instance.pk).first() if instance.pk is not None else None


def _difference(loaded: DeserializedObject, existing: models.Model) -> str:
    """The first field of the fixture's row that the database holds otherwise; redacted ones don't count."""
    hidden = _hidden(existing)
    for column in existing._meta.concrete_fields:
        if column.primary_key or column.name in hidden or not (column.editable or column.name in LOADED_UNSEEN):
            continue
        old, new = _stored(column, existing), _stored(column, loaded.object)
        if old != new:
            return f"{column.verbose_name}是“{old}”，文件里是“{new}”"
    for name, keys in (loaded.m2m_data or {}).items():
        if set(getattr(existing, name).values_list("pk", flat=True)) != set(keys):
            return str(column_of(existing, name).verbose_name)
    return ""


def _stored(column: models.Field, instance: models.Model) -> object:
    value = getattr(instance, column.attname)
    return str(value or "") if isinstance(column, models.FileField) else column.to_python(value)


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


def _save(loaded: DeserializedObject) -> None:
    """Raises ValidationError, PublicationError, or what the database raises."""
    if isinstance(loaded.object, Source) and loaded.object.kind == SourceKind.ILLUSTRATIVE and has_person_published():
        raise PublicationError("这里已经有人公布过真实内容，不能再载入示例数据。请用新的 DATA_DIR。")
    loaded.object.clean_fields(exclude=cached_references(loaded.object))
    loaded.save()
    loaded.object.validate_constraints()
    cache_row(loaded.object)


def _copy_files(instance: models.Model, media: Path) -> None:
    """Bring the files that the fixture names from the folder beside it into the store, where they aren't yet.

    Raises PublicationError.
    """
    for column in instance._meta.concrete_fields:
        name = str(getattr(instance, column.name) or "") if isinstance(column, models.FileField) else ""
        if is_rendition(name):
            raise PublicationError(f"文件 {name} 换个名字，这样的名字是留给缩小的图片的。")
        if not name or default_storage.exists(name):
            continue
        if not (media / name).is_file():
            raise PublicationError(f"缺少文件 {name}。")
        with (media / name).open("rb") as original:
            default_storage.save(name, File(original))


def publish_loaded(places: Mapping[models.Model, str] | None = None) -> list[Entry]:
    """Publish every draft that carries its own moment, in the order of the moments; all, or none.

    `places` say where a draft stands in its file. Raises PublicationError with everything that can't be published, up to
    the first promise: what is said about one that isn't public is refused for no fault of its own.
    """
    with files_removed_on_failure(), transaction.atomic():
        chain.lock()
        _store_missing_files()
        drafts = [draft for model in all_facts() for draft in model.objects.drafts().filter(release_at__isnull=False)]
        _refuse_illustration(drafts)
        drafts.sort(key=lambda draft: (draft.release_at, ORDER.index(type(draft)), draft.pk))
        entries: list[Entry] = []
        errors: list[str] = []
        for draft in drafts:
            try:
                with transaction.atomic():
                    entries.append(publish(draft))
            except PublicationError as error:
                place = (places or {}).get(draft) or f"{draft._meta.verbose_name}“{_name(draft)}”"
                errors += [f"{place}不能公布：{message}" for message in error.messages]
                if isinstance(draft, PROMISES):
                    break
        if errors:
            raise PublicationError(*errors)
        return entries


def _store_missing_files() -> None:
    """Bring what `loaddata` leaves behind: the files that our own fixtures name."""
    for model in evidence_models():
        loaded = model.objects.drafts().filter(report__release_at__isnull=False)  # type: ignore[misc]  # of each kind
        for evidence in loaded.exclude(file=""):
            _copy_missing(evidence, f"佐证材料“{evidence}”")
    for adjustment in change_models():
        for change in adjustment.objects.drafts().filter(release_at__isnull=False).exclude(document_file=""):
            _copy_missing(change, f"批准文件“{change.document}”")


def _copy_missing(instance: models.Model, place: str) -> None:
    try:
        _copy_files(instance, FIXTURES / MEDIA_FOLDER)
    except PublicationError as error:
        raise PublicationError(f"{place}：{error}") from error


def _refuse_illustration(drafts: Sequence[Fact]) -> None:
    if any(draft.is_illustrative for draft in drafts) and has_person_published():
        raise PublicationError("这里已经有人公布过真实内容，不能再公布示例数据。请用新的 DATA_DIR。")
