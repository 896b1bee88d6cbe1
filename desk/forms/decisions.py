"""The form of one decision that changes several promises of a plan: typed once, an adjustment of each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.forms.boundfield import BoundField
from django.utils import timezone

from common.form_fields import DayField
from common.media.uploads import CleanFileField, ask_to_choose_again, clean_document
from common.model_fields import OwnFormField
from desk.forms.base import set_publicity
from desk.forms.changes import DOCUMENT, SHARED
from projects.models import FILE_OR_LINK
from projects.snapshots import Adjustments, terms_of
from tasks.models import Commitment, PlanAdjustment, Target
from tasks.publishing import plan_change_errors

MOVED: dict[str, tuple[str, ...]] = {"target": ("due_on", "amount", "dropped"), "commitment": ("dropped",)}


@dataclass(frozen=True)
class Movable:
    """A promise that the decision may change, `kind` being the name of the foreign key to it, with its terms in force."""

    kind: str
    promise: Target | Commitment
    in_force: Mapping[str, Any]

    @property
    def key(self) -> str:
        """`target-17`."""
        return f"{self.kind}-{self.promise.pk}"

    def current(self, name: str) -> str:
        """The value in force, as officials read it."""
        return self.promise.adjustable[name].official_text(self.in_force[name], self.promise, {})


def movable(commitments: Iterable[Commitment], targets: Iterable[Target]) -> list[Movable]:
    """In the plan's order, a commitment before its targets; without what was given up. In a constant number of queries."""
    rows: dict[str, list[Any]] = {"commitment": list(commitments), "target": list(targets)}
    published = PlanAdjustment.objects.published()
    found = [
        Movable(kind, row, terms_of(row, adjustments.of(row)))
        for kind, of_kind in rows.items()
        for adjustments in [Adjustments.load(published.filter(**{f"{kind}__in": of_kind}))]
        for row in of_kind
    ]
    dropped = {one.promise.pk for one in found if one.kind == "commitment" and one.in_force["dropped"]}
    return sorted(
        (one for one in found if not one.in_force["dropped"] and _commitment_of(one).pk not in dropped), key=_position
    )


def _commitment_of(one: Movable) -> Commitment:
    return one.promise if isinstance(one.promise, Commitment) else one.promise.commitment


def _position(one: Movable) -> tuple[int, ...]:
    commitment = _commitment_of(one)
    milestone = one.promise.milestone.number if isinstance(one.promise, Target) else -1
    return commitment.series.number, commitment.series_id, commitment.number, milestone


def _input_of(row: Movable, name: str, label: str) -> forms.Field:
    adjustable = row.promise.adjustable[name]
    drawn = adjustable.form_field(row.promise, _drawn, label=adjustable.label, required=False)
    drawn.label, drawn.help_text = f"{label}：{adjustable.label}", ""  # what it means is said once, above the table
    drawn.widget.attrs["aria-label"] = drawn.label
    return drawn


def _drawn(column: OwnFormField, **options: Any) -> forms.Field:
    """Of a column, without an initial value."""
    return column.formfield(**options, initial=None)


@dataclass(frozen=True)
class MovableLine:
    """A row of the table: the box that chooses a target, and (label, value in force, input) of each field, None where it has none."""

    movable: Movable
    tick: BoundField | None
    cells: tuple[tuple[str, str, BoundField] | None, ...]


class DecisionForm(forms.ModelForm):
    """`changes` are the adjustments that it comes to, unsaved and without the document's file."""

    document_file = CleanFileField(
        label="文件（PDF）", required=False, cleaner=clean_document, accept="application/pdf",
        help_text="网上没有公开的，传 PDF，最多 15 MB；公布以后居民可以打开。和网址只要一样。",
    )  # fmt: skip
    due_on_of_all = DayField(label="勾上的，期限都改到", required=False)

    class Meta:
        model = PlanAdjustment
        fields = ("decided_on", "decided_by", *DOCUMENT, "reason")
        widgets: ClassVar = {"reason": AdminTextareaWidget(attrs={"rows": 3})} | dict.fromkeys(
            ("document", "document_number", "document_url"), AdminTextInputWidget
        )

    def __init__(self, *args, rows: Sequence[Movable], **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = rows
        self.changes: list[PlanAdjustment] = []
        for row in rows:
            name = str(row.promise)
            if row.kind == "target":
                tick = forms.CheckboxInput(attrs={"aria-label": f"{name}：改"})
                self.fields[f"{row.key}-tick"] = forms.BooleanField(label=name, required=False, widget=tick)
            self.fields |= {f"{row.key}-{field}": _input_of(row, field, name) for field in MOVED[row.kind]}
        ask_to_choose_again(self)
        shared = {*SHARED, "document_file"}
        set_publicity(self, neither=self.fields.keys() - shared)

    def lines(self) -> Iterator[MovableLine]:
        for row in self.rows:
            cells = [
                (
                    row.promise.adjustable[name].label,
                    "" if name == "dropped" else row.current(name),
                    self[f"{row.key}-{name}"],
                )
                if name in MOVED[row.kind]
                else None
                for name in MOVED["target"]
            ]
            yield MovableLine(row, self[f"{row.key}-tick"] if row.kind == "target" else None, tuple(cells))

    def clean(self):
        data = super().clean() or {}
        if data.get("document_file") and data.get("document_url"):
            self.add_error("document_url", FILE_OR_LINK)
        chosen = [(row, self._changes_of(row, data)) for row in self.rows]
        self._chosen = [(row, changes) for row, changes in chosen if changes]
        if not self._chosen and not self.errors:
            self.add_error(None, "一项也没有改：勾上要改的，写上改成什么。")
        first = (self._chosen or chosen)[0][0]
        setattr(self.instance, first.kind, first.promise)  # which the instance's own checks ask for
        return data

    def _changes_of(self, row: Movable, data: Mapping[str, Any]) -> dict[str, list]:
        """Old and new, encoded, of what was typed for the promise."""
        typed = {name: data.get(f"{row.key}-{name}") for name in MOVED[row.kind]}
        is_ticked = data.get(f"{row.key}-tick")
        if is_ticked and "due_on" in typed and not typed["due_on"] and not typed["dropped"]:
            typed["due_on"] = data.get("due_on_of_all")
        changes = {}
        for name, value in typed.items():
            if value or isinstance(value, Decimal):  # 0 is a value, too
                new = row.promise.adjustable[name].encode(value)
                if new == row.in_force[name]:
                    self.add_error(f"{row.key}-{name}", "和现在的一样，不用填。")
                changes[name] = [row.in_force[name], new]
        has_errors = any(f"{row.key}-{name}" in self.errors for name in typed)
        if is_ticked and not changes and not has_errors:
            self.add_error(f"{row.key}-tick", "勾上了，没有写改成什么。")
        return changes

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        today = timezone.localdate()
        why = {name: getattr(self.instance, name) for name in SHARED} | {
            "decided_on": self.instance.decided_on or today
        }
        self.changes = [
            PlanAdjustment(**{row.kind: row.promise}, changes=changes, **why) for row, changes in self._chosen
        ]
        for (row, _changes), change in zip(self._chosen, self.changes, strict=True):
            if not any(name.startswith(f"{row.key}-") for name in self.errors):
                self._add_reasons(row, change, today)

    def _add_reasons(self, row: Movable, change: PlanAdjustment, today: date) -> None:
        """Why it could not be published, at the row; what is about the decision itself once."""
        for reason in plan_change_errors(change, today):
            about = getattr(reason, "about", "")
            own = f"{row.key}-{about if about in MOVED[row.kind] else next(iter(change.changes))}"
            place = about if about in SHARED else own
            if place == own or place not in self.errors:
                self.add_error(place, str(reason))
