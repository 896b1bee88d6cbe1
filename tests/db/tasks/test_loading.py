"""Files are loaded whole or not at all, and loaded again they change nothing."""

import json
import shutil
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction

from ledger.chain import PublicationError
from ledger.guard import PublishedRowError
from ledger.models import Entry
from projects.models import Department, Project, Source, SourceKind
from projects.publishing import all_facts
from tasks.loading import load_files
from tests.factories import a_report, a_reviewer, an_official, published_by
from tests.loaded_cities import FIXTURES, ILLUSTRATIVE_FILE, PLAN_FILE, put

pytestmark = pytest.mark.both_databases


def rows_of(file):
    return json.loads(file.read_text(encoding="utf-8"))


def record():
    """The ledger without what no two loads share: the digests, whose salts are drawn anew, and the hashes over them."""
    return [
        (entry.seq, entry.at, entry.kind, entry.subject, without_digests(entry.payload))
        for entry in Entry.objects.order_by("seq")
    ]


def without_digests(payload):
    evidence = [{**one, **dict.fromkeys(one.keys() - {"position", "kind"})} for one in payload.get("evidence", [])]
    digested = {name: sorted(payload.get(name, {})) for name in ("texts", "document")}
    return {**payload, **digested, "evidence": evidence}


@pytest.fixture
def copy(tmp_path):
    """A copy of a fixture with rows changed: `copy(file, {"code of the row": {field: value}})`, and its media."""

    def make(file, changes, *, extra=()):
        rows = rows_of(file)
        for key, fields in changes.items():
            [row] = [row for row in rows if key in (row["fields"].get("code"), row["fields"].get("slug"))]
            row["fields"] |= fields
        changed = tmp_path / file.name
        changed.write_text(json.dumps([*rows, *extra], ensure_ascii=False), encoding="utf-8")
        shutil.copytree(FIXTURES / "media", tmp_path / "media", dirs_exist_ok=True)
        return changed

    return make


def test_the_same_files_again_change_nothing(illustrative_2020):
    before = record()
    assert load_files([PLAN_FILE, ILLUSTRATIVE_FILE]) == (0, [])
    assert record() == before


@pytest.mark.parametrize(
    ("file", "key", "fields", "told"),
    [
        (PLAN_FILE, "rural-roads", {"title": "农村路"}, ["plan_2020.json", "项目“rural-roads”", "四好农村路"]),
        (PLAN_FILE, "open-call-2020-02-24", {"summary": "另一句"}, ["新闻“open-call-2020-02-24”", "摘要", "另一句"]),
        (
            ILLUSTRATIVE_FILE,
            "city-roads-2020-09",
            {"spent": "1"},
            ["illustrative_2020.json", "进展报告“city-roads-2020-09”", "70500000"],
        ),
    ],
    ids=["promise", "article", "fact"],
)
def test_a_differing_row_is_refused_and_says_where(illustrative_2020, copy, file, key, fields, told):
    before = record()
    with pytest.raises(PublicationError) as refused:
        load_files([copy(file, {key: fields})])
    assert all(words in str(refused.value) for words in told), refused.value
    assert record() == before


def put_wrong(rows):
    """Of each kind of fault one; the plan's makes everything wrong that is of it, and nothing is said of that."""
    [plan] = [row["fields"] for row in rows if row["model"] == "tasks.plan"]
    plan |= {"starts_on": "2020-13-45", "reporting_months": "每月", "title": ""}
    projects = [row["fields"] for row in rows if row["model"] == "projects.project"]
    projects[0]["investment"] = "很多"
    projects[1]["colour"] = "red"
    projects[2]["box_name"] = "一个太长的简称"
    [report] = [row["fields"] for row in rows if row["model"] == "projects.report"]
    report |= {"source": ["nowhere"], "held_on": 20200305}
    return [*rows, {"model": "projects.roads", "fields": {}}, "项目"]


@pytest.mark.django_db
def test_everything_that_is_wrong_is_told_at_once_with_its_row_and_field(tmp_path):
    file = tmp_path / "plan.json"
    rows = put_wrong(rows_of(PLAN_FILE))
    file.write_text(json.dumps(rows), encoding="utf-8")
    kinds = [row["model"] if isinstance(row, dict) else "" for row in rows]
    report = kinds.index("projects.report") + 1
    with pytest.raises(PublicationError) as refused:
        load_files([file])
    places = [number for number, kind in enumerate(kinds, start=1) if kind == "projects.project"]
    slugs = [rows[number - 1]["fields"]["slug"] for number in places]
    about_report = f"plan.json 第 {report} 项（进展报告“{rows[report - 1]['fields']['code']}”）"
    assert list(refused.value.messages) == [
        "plan.json 第 2 项（年度计划“2020”）：名称：请填写。",
        "plan.json 第 2 项（年度计划“2020”）：开始日期：没有“2020-13-45”这一天。",
        "plan.json 第 2 项（年度计划“2020”）：几个月报一次：“每月”不是整数。",
        f"plan.json 第 {places[0]} 项（项目“{slugs[0]}”）：总投资（元）：“很多”不是数。",
        f"plan.json 第 {places[1]} 项（项目“{slugs[1]}”）：没有这样的字段：colour。",
        f"plan.json 第 {places[2]} 项（项目“{slugs[2]}”）：格子里的名字：最多 4 个字，现在 7 个。",
        f"{about_report}：数据日期：读不懂“20200305”。",
        f"{about_report}：资料来源：没有“nowhere”，要写在它前面。",
        f"plan.json 第 {len(rows) - 1} 项：没有“projects.roads”这一种。",
        f'plan.json 第 {len(rows)} 项：要写成 {{"model": "…", "fields": {{…}}}}。',
    ]
    assert not Source.objects.exists()
    with pytest.raises(CommandError) as told:
        call_command("load_record", str(file))
    assert str(told.value) == "\n".join([*refused.value.messages, "什么都没有载入。"])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "没有这个文件：/"),
        (b"[", "a.json 第 1 行第 2 个字读不懂，不是 JSON 的写法"),
        ("[“霍州”]".encode("gb18030"), "a.json 不是 UTF-8 编码，请用 UTF-8 重新保存。"),
        (b"{}", "a.json 要写成一个列表"),
        (b'[{"model": "projects.source", "pk": "x", "fields": {}}]', "a.json 第 1 项（资料来源）：读不懂："),
    ],
)
@pytest.mark.django_db
def test_a_file_that_is_no_record_is_refused_in_a_sentence(tmp_path, content, told):
    file = tmp_path / "a.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(PublicationError) as refused:
        load_files([file])
    assert str(refused.value).startswith(told)


def test_everything_that_can_not_be_published_is_told_at_once_with_its_row(plan_2020, copy):
    """Two readings of days before their publication; of a promise nothing more is asked behind it."""
    early = {"release_at": "2020-03-06T10:00:00+08:00"}
    with pytest.raises(PublicationError) as refused:
        load_files([copy(ILLUSTRATIVE_FILE, {"good-air-days-2020-12": early, "city-roads-2020-09": early})])
    told = refused.value.messages
    assert all(one.startswith("illustrative_2020.json 第 ") and "）不能公布：" in one for one in told)
    assert [n for n in ("“good-air-days-2020-12”", "“city-roads-2020-09”") if any(n in one for one in told)]


def test_nothing_is_kept_of_a_file_that_fails_late(plan_2020, copy):
    """Its last row is published out of order: all that came before it is undone."""
    broken = copy(ILLUSTRATIVE_FILE, {"good-air-days-2020-12": {"release_at": "2020-03-01T10:00:00+08:00"}})
    with pytest.raises(PublicationError):
        load_files([broken])
    assert Entry.objects.count() == 2
    assert not Department.objects.exists()


@pytest.mark.django_db
def test_loaddata_and_publish_record_make_the_same_record():
    with transaction.atomic():
        put(PLAN_FILE, ILLUSTRATIVE_FILE)
        whole = record()
        transaction.set_rollback(True)
    shutil.rmtree(settings.MEDIA_ROOT / "evidence")
    call_command("loaddata", PLAN_FILE, ILLUSTRATIVE_FILE, verbosity=0)
    assert not Entry.objects.exists()
    assert not any(model.objects.published().exists() for model in all_facts())
    call_command("publish_record", stdout=StringIO())
    assert record() == whole
    call_command("verify_ledger", stdout=StringIO())


@pytest.mark.parametrize(
    "fields",
    [{"published_at": "2020-03-05T09:07:37+08:00", "published_on": "2020-03-05"}, {"published_on": "2020-03-05"}],
    ids=["whole", "part"],
)
@pytest.mark.parametrize("key", ["rural-roads", "laser-cladding-2020-02"], ids=["promise", "fact"])
@pytest.mark.django_db
def test_a_published_row_in_a_fixture_is_refused(copy, key, fields):
    forged = copy(PLAN_FILE, {key: fields})
    with pytest.raises(PublishedRowError):
        call_command("loaddata", forged, verbosity=0)
    with pytest.raises(PublicationError):
        load_files([forged])
    assert not Entry.objects.exists()
    assert not Project.objects.exists()


def test_loaddata_can_not_touch_what_is_public(plan_2020):
    with pytest.raises(PublishedRowError):
        call_command("loaddata", PLAN_FILE, verbosity=0)


def test_illustration_is_refused_once_a_person_has_published(plan_2020):
    project = Project.objects.get(slug="city-roads")
    published_by(a_report(project, "2020-03-20", {"jing-2-road": 5}, by=an_official()), a_reviewer())
    with pytest.raises(PublicationError, match="真实内容"):
        load_files([ILLUSTRATIVE_FILE])
    with pytest.raises(CommandError, match="真实内容"):
        call_command("load_record", str(ILLUSTRATIVE_FILE))
    assert not Source.objects.filter(kind=SourceKind.ILLUSTRATIVE).exists()


def test_what_loaddata_brought_is_refused_too_once_a_person_has_published(plan_2020):
    call_command("loaddata", ILLUSTRATIVE_FILE, verbosity=0)
    project = Project.objects.get(slug="city-roads")
    published_by(a_report(project, "2020-03-20", {"jing-2-road": 5}, by=an_official()), a_reviewer())
    with pytest.raises(CommandError, match="真实内容"):
        call_command("publish_record")
    assert not any(fact.is_illustrative for model in all_facts() for fact in model.objects.published())
