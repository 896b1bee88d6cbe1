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
