"""A new adjustable field is one line: its class alone serves the desk, residents and programs (docs/recipes.md)."""

import re

import pytest
from django.urls import reverse

from projects.adjustable import AdjustableField, AdjustableFields, ChangeKind, Text
from projects.models import Adjustment
from tests.factories import an_adjustment, published
from tests.small_city import address, signed_in

pytestmark = pytest.mark.one_database

WHY = {
    "decided_on": "2020-05-01",
    "decided_by": "UNSTATED",
    "reason": "Soft ground.",
    "document": "Decision 7",
    "_save": "",
}
# The row, a column of it that nothing adjusts yet, its class; the new value as typed; as officials and as residents read
# it; what kind of change it is.
LINES = [
    ("bridge", "part_counter", Text(), "座", "没有 → 座", "没有公布 → 座", "谁负责、在哪儿"),
    ("bridge", "part_counter", Text(kind=ChangeKind.REASSIGNED), "座", "没有 → 座", "没有公布 → 座", "谁负责、在哪儿"),
    ("built", "verb", Text(), "建成", "完成 → 建成", "完成 → 建成", "改了说法"),
    ("built", "begun", Text(kind=ChangeKind.REASSIGNED), "动工", "开始 → 动工", "开始 → 动工", "换了部门或数额"),
    ("opened", "unit", Text(), "座", "piece → 座", "piece → 座", "改了说法"),
]  # fmt: skip


def read(client, name: str, *args) -> str:
    """What the page says, its tags left out."""
    page = client.get(reverse(name, args=args), {"as_of": "2020-05-31"}).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page))


def add(field: AdjustableField, model, name: str, monkeypatch) -> None:
    AdjustableFields({name: field}).__set_name__(model, "adjustable")
    monkeypatch.setitem(model.adjustable, name, field)


@pytest.mark.parametrize(("row", "name", "field", "typed", "official", "resident", "move"), LINES)
def test_one_line_is_enough(client, city, monkeypatch, row, name, field, typed, official, resident, move):
    row = getattr(city, row)
    add(field, type(row), name, monkeypatch)

    desk, promise = signed_in(city.official), f"?promise={row._meta.model_name}:{row.pk}"
    desk.post(address(Adjustment, "add", promise), WHY | {f"new_{name}": typed})
    draft = Adjustment.objects.get()
    assert draft.changes == {name: [field.promised(row), typed]}
    assert desk.get(address(draft)).context["adminform"].form[f"new_{name}"].value() == typed
    draft.delete()

    change = an_adjustment(row, by=city.official, **{name: typed})
    assert signed_in(city.reviewer).get(address(change)).context["changes"] == [(field.label, *official.split(" → "))]
    change.delete()

    published(an_adjustment(row, **{name: typed}), on="2020-05-07")
    old, new = resident.split(" → ")
    assert f"{field.label}原来 {old} → 现在 {new}" in read(client, "project", "bridge")
    assert move in read(client, "changes", 2020)
    assert f"{field.label} {resident}" in client.get(reverse("record-feed")).content.decode()
    told = client.get("/api/v1/projects/bridge", {"as_of": "2020-05-31"}).json()
    rows = [told, *told["milestones"]]
    assert {name: [field.promised(row), typed]} in [one["changes"] for row in rows for one in row["adjustments"]]
