"""The page of a plan or an addition as one table: typed into while it is a draft, published from by its reviewer.

Every row of the page is sent with the version that it was shown with. What nobody typed into is left alone; where
somebody else changed a row that was typed into, nothing is written and both are shown (decision 31).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods

from common.model_fields import column_of
from desk.admin.conflicts import NOTHING, Difference, Section, differences_of
from desk.admin.decisions import decision_address
from desk.admin.facts import FactAdmin
from desk.admin.row_versions import ROW, VERSION, sent_version, untouched_version
from desk.forms.plan_table import COLUMNS, RowForm, form_class_of
from desk.plan_table import (
    FILTERS,
    MOST_READ,
    MOST_TYPED,
    MOST_UNFOLDED,
    AnyItem,
    PlanTable,
    TableRow,
    pages_of,
    table_of,
)
from desk.sentences import lacking_text, left_out_text
from desk.templatetags.form_errors import FieldError, errors_of_form
from ledger.guard import block_publications
from projects.models import Department
from tasks.finding import names_of, store_spellings
from tasks.models import Addition, Plan

MODELS = {str(model._meta.model_name): model for model in COLUMNS}
LABELS = re.compile(rf"({'|'.join(MODELS)})-([0-9]{{1,9}})-([a-z_]+)")


@dataclass
class Typed:
    """What was sent of a page of the table, `rows` being those of the table that may be changed, by key."""

    data: QueryDict
    rows: Mapping[str, TableRow]
    names: Mapping[str, str]
    forms: dict[str, RowForm] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    conflicts: list[Section] = field(default_factory=list)

    @cached_property
    def keys(self) -> list[str]:
        return list(dict.fromkeys(self.data.getlist(ROW)))

    def read(self) -> None:
        """Fill `forms` with those that somebody typed into, and `conflicts` with what others changed meanwhile."""
        for key in self.keys:
            opened_on = self.data.get(f"{VERSION}{key}")
            if sent_version(self.data, key) == opened_on:
                continue
            if key not in self.rows:
                self.conflicts.extend(self._deleted(key))
                continue
            row, bound = self.rows[key], form_of(self.rows[key], self.names, self.data)
            self.versions[key] = untouched_version(form_of(row, self.names))  # before cleaning changes the record
            if not bound.has_changed():
                continue
            self.forms[key] = bound
            if opened_on != self.versions[key] and (differences := list(differences_of(bound, bound.fields))):
                self.conflicts.append(Section(row.label, differences))

    def _deleted(self, key: str) -> Iterator[Section]:
        """The row was deleted since: what was typed, so that it can be copied."""
        model = MODELS.get(key.partition("-")[0])
        if model is not None:
            columns = [column_of(model, name) for name in COLUMNS[model]]
            values = {column: self.data.get(f"{key}-{column.name}", "") for column in columns}
            typed = [
                Difference(str(getattr(column, "label", column.verbose_name)), NOTHING, value)
                for column, value in values.items()
                if value
            ]
            yield Section(f"{model._meta.verbose_name}（您打开以后有人删掉了）", typed)

    @property
    def errors(self) -> list[FieldError]:
        return [error for key, form in self.forms.items() for error in errors_of_form(form, key, self.rows[key].label)]


def form_of(row: TableRow, names: Mapping[str, str], data: QueryDict | None = None) -> RowForm:
    return form_class_of(type(row.record))(data, instance=row.record, prefix=row.key, names=names, label=row.label)


class TableAdmin(FactAdmin):
    """The page of a plan or an addition that also has it as a table."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.table_view)
        return [path("<path:object_id>/table/", view, name=f"{self.opts.model_name}-table"), *super().get_urls()]

    def object_links(self, request, row):
        word = "在一张表里改" if self.has_change_permission(request, row) else "看成一张表"
        return [(word, self._table_address(row)), *super().object_links(request, row)]

    def _table_address(self, row: models.Model) -> str:
        return reverse(f"admin:{self.opts.model_name}-table", args=[row.pk])

    def _input(self, name):
        if match := LABELS.fullmatch(name):
            model = MODELS[match[1]]
            return model, match[3], f"{model._meta.verbose_name} "
        return super()._input(name)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def table_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        fact = self.visible_row(request, object_id)
        if request.method != "POST":
            return self._table_page(request, fact)
        may_be_open = self.has_change_permission(request) and (ROW in request.POST or not fact.is_published)
        if not may_be_open:
            raise PermissionDenied
        return self._answer(request, self._save_table, fact)

    # Saving

    @transaction.atomic
    def _save_table(self, request: HttpRequest, fact: Plan | Addition) -> HttpResponse:
        block_publications()
        fact = self.model._base_manager.select_for_update(of=("self",)).get(pk=fact.pk)
        if not self.has_change_permission(request, fact):
            reason = "您打开以后，这一份已经公布，或者不再归您办"
            return self.unsaved(request, reason, address=self.address("change", fact.pk), row=fact)
        _lock(request.POST.getlist(ROW))
        table = table_of(fact, timezone.localdate())
        typed = Typed(request.POST, self._open_rows(request, table.items), _names())
        typed.read()
        if typed.conflicts or typed.errors:
            return self._table_page(request, fact, table, typed)
        for key, form in typed.forms.items():
            self._save_row(request, fact, typed.rows[key].record, form)
        saved = f"保存了 {len(typed.forms)} 行。" if typed.forms else "没有要保存的：表里什么也没有改。"
        self.message_user(request, saved, messages.SUCCESS)
        return HttpResponseRedirect(request.get_full_path())

    def _save_row(self, request: HttpRequest, fact: models.Model, record: models.Model, form: RowForm) -> None:
        """With its audit record: an indicator has no page of its own and is told on that of its plan."""
        page: Any = self.admin_site._registry.get(type(record))
        about = record if page else fact
        page = page or self
        page._take_snapshot(request, about)
        form.save()
        page.log_change(request, about, "在一张表里改的")
        if names := list(names_of(record)):
            transaction.on_commit(partial(store_spellings, names), robust=True)

    def _open_rows(self, request: HttpRequest, items: Iterable[AnyItem]) -> dict[str, TableRow]:
        """The drafts that the person may change, by key, each as it stands first in the table."""
        may = {model: request.user.has_perm(_permission(model)) for model in COLUMNS}
        rows: dict[str, TableRow] = {}
        for row in (row for item in items for row in item.rows):
            if may[type(row.record)] and not row.record.is_published:
                rows.setdefault(row.key, row)
        return rows

    # The page

    def _table_page(
        self, request: HttpRequest, fact: Any, table: PlanTable | None = None, typed: Typed | None = None
    ) -> HttpResponse:
        is_open = self.has_change_permission(request, fact)
        versions = self.versions(request, fact)  # before the rows are read: too old then, never too new
        table = table or table_of(fact, timezone.localdate())
        page = _Page(request.GET, table, MOST_TYPED if is_open else MOST_READ)
        items = _items_of(table, typed) if typed else page.items
        if is_open:
            self._add_forms(request, table, items, typed)
        context = {
            **self.admin_site.each_context(request),
            "is_nav_sidebar_enabled": False,  # the table needs the room
            "opts": self.opts,
            "original": fact,
            "title": "在一张表里改" if is_open else "看成一张表",
            "is_open": is_open,
            "is_plan": isinstance(fact, Plan),
            "table": table,
            "sections": table.chosen(items),
            "page": page,
            "found": typed.errors if typed and not typed.conflicts else [],
            "conflict": {"sections": typed.conflicts} if typed and typed.conflicts else None,
            "opens_gaps": sum(bool(item.gaps) for item in items) <= MOST_UNFOLDED,
            "lacking": lacking_text(table.gaps, "写在各件里") if table.gaps else "",
            "left_out": [left_out_text(table.earlier.year, names, kind) for kind, names in table.left_out]
            if table.earlier
            else [],
            "object_messages": self.object_messages(request, fact) if fact.is_published or not is_open else [],
            "object_links": [*FactAdmin.object_links(self, request, fact), *_decision_links(request, fact)],
            "object_actions": self.object_actions(request, fact),
            "versions": versions,
        }
        status = 409 if typed and typed.conflicts else 200
        return TemplateResponse(request, "admin/tasks/plan/table.html", context, status=status)

    def _add_forms(self, request, table: PlanTable, items: Iterable[AnyItem], typed: Typed | None) -> None:
        """To the rows of the page; what stands in it twice is typed once."""
        names = typed.names if typed else _names()
        for key, row in self._open_rows(request, items).items():
            typed_into = typed.forms.get(key) if typed else None
            row.form = typed_into or form_of(row, names)
            row.version = typed.versions[key] if typed and typed_into else untouched_version(row.form)


@dataclass
class _Page:
    """Which items the address asks for. `only` is a key of FILTERS, or empty."""

    parameters: QueryDict
    table: PlanTable
    most: int

    @property
    def only(self) -> str:
        asked = self.parameters.get("only", "")
        return asked if asked in self.offered else ""

    @property
    def offered(self) -> list[str]:
        return [name for name in FILTERS if name != "changed" or self.table.earlier]

    @cached_property
    def pages(self) -> list[list[AnyItem]]:
        return pages_of(self.table.filtered(self.only), self.most)

    @cached_property
    def number(self) -> int:
        return Paginator(self.pages, 1).get_page(self.parameters.get("page")).number

    @property
    def items(self) -> list[AnyItem]:
        return self.pages[self.number - 1]

    @property
    def filters(self) -> list[tuple[str, str, bool]]:
        """(word, address, whether it is chosen) of each way to look at the table."""
        earlier = self.table.earlier_word
        changed = f"只看和{' ' if earlier[:1].isdigit() else ''}{earlier}不同的"
        words = {"": "全部", "gaps": "只看有缺的", "changed": changed}
        return [(words[name], self._address(name, 1), name == self.only) for name in ("", *self.offered)]

    @property
    def others(self) -> list[tuple[int, str, str]]:
        """(number, address, what it begins with) of every page, where there are several."""
        if len(self.pages) == 1:
            return []
        titles = {id(item): section.title for section in self.table.sections for item in section.items}
        return [
            (number, self._address(self.only, number), titles[id(items[0])])
            for number, items in enumerate(self.pages, start=1)
        ]

    @staticmethod
    def _address(only: str, number: int) -> str:
        query = {name: value for name, value in (("only", only), ("page", number if number > 1 else "")) if value}
        return f"?{urlencode(query)}"


def _items_of(table: PlanTable, typed: Typed) -> list[AnyItem]:
    """Those of the page that was sent, whatever was added or filtered since."""
    keys = set(typed.keys)
    return [item for item in table.items if any(row.key in keys for row in item.rows)]


def _decision_links(request: HttpRequest, fact: Plan | Addition) -> list[tuple[str, str]]:
    """For whoever adjusts what is public."""
    if not (fact.is_published and request.user.has_perm("tasks.add_planadjustment")):
        return []
    return [("一份决定改几项", decision_address(fact if isinstance(fact, Plan) else fact.plan))]


def _permission(model: type[models.Model]) -> str:
    return f"{model._meta.app_label}.change_{model._meta.model_name}"


def _names() -> dict[str, str]:
    """Of every department, by slug."""
    return dict(Department.objects.values_list("slug", "name"))


def _lock(keys: Iterable[str]) -> None:
    """The rows that were sent, in the order in which every page of the desk locks them."""
    wanted: dict[str, list[str]] = {name: [] for name in MODELS}
    for name, _dash, key in (one.partition("-") for one in keys):
        if name in wanted and key.isascii() and key.isdigit() and len(key) < 10:
            wanted[name].append(key)
    for name, pks in wanted.items():
        if pks:
            list(MODELS[name]._base_manager.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk"))
