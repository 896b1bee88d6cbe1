"""What a fixture names is looked up once."""

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.natural_keys import cache_row, cached_references, caching_rows, related_value
from projects.models import Milestone, Project
from tasks import loading
from tests.factories import a_milestone, a_project
from tests.loaded_cities import ILLUSTRATIVE_FILE

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def queries(act) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        act()
    return [query["sql"] for query in asked]


def test_no_row_of_a_fixture_is_looked_up_twice(plan_2020, monkeypatch):
    monkeypatch.setattr(loading, "publish_loaded", list)
    asked = Counter(queries(lambda: loading.load_files([ILLUSTRATIVE_FILE])))
    again = [sql for sql, n in asked.items() if n > 1 and sql.startswith("SELECT ") and "LIMIT 21" in sql]
    assert again == []


def test_a_name_is_followed_to_a_remembered_row_without_a_query():
    project = a_project("gate")
    a_milestone(project, "built")
    with caching_rows():
        found = Project.objects.get_by_natural_key("gate")
        row = Milestone(project_id=found.pk, code="built")
        assert cached_references(row) == {"project"}
        assert queries(row.natural_key) == []
        assert related_value(row, "project") is found
        assert queries(lambda: Project.objects.get_by_natural_key("gate")) == []
        assert queries(lambda: Milestone.objects.get_by_natural_key("gate", "built"))
        with pytest.raises(Project.DoesNotExist):
            Project.objects.get_by_natural_key("wall")
        cache_row(a_project("wall"))
        assert Project.objects.get_by_natural_key("wall").slug == "wall"


def test_nothing_is_remembered_afterwards():
    a_project("gate")
    with caching_rows():
        Project.objects.get_by_natural_key("gate")
    assert len(queries(lambda: Project.objects.get_by_natural_key("gate"))) == 1
    cache_row(Project(slug="wall", pk=999))
    with pytest.raises(Project.DoesNotExist):
        Project.objects.get_by_natural_key("wall")
    assert cached_references(Milestone(project_id=1)) == set()
