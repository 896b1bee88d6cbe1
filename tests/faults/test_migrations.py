"""Migrations forward, back and forward on data, and ones that break off: the rows stay, and nothing is left half done."""

import re
from contextlib import suppress

import pytest
from django.core.files.base import ContentFile
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from backups.content import connected_to, connection_to, table_names
from news.models import Article, ArticleVersion
from projects.models import Department, Project, ReviewNote
from projects.publishing import all_facts
from projects.verification import differences
from tasks import loading
from tasks.models import Reminder
from tests.factories import a_reviewer, an_article_image, an_editor, an_evidence, an_official
from tests.faults.installation import rounds
from tests.loaded_cities import ILLUSTRATIVE_FILE, PLAN_FILE, RECORD, put
from tests.small_city import a_draft

pytestmark = pytest.mark.one_database

OWN = ("huozhou_portal", *RECORD)
LATER = sorted(key for key in MigrationLoader(None).disk_migrations if key[0] in OWN and not key[1].startswith("0001"))
NEWEST = list({app: (app, name) for app, name in LATER}.values())
IS_SHORT = rounds(1) == 1


@pytest.fixture
def year(portal):
    """The illustrative year with drafts on top, and something in every column that a migration brought."""
    put(PLAN_FILE, ILLUSTRATIVE_FILE)
    official, reviewer, editor = an_official(Department.objects.first()), a_reviewer(), an_editor()
    draft = a_draft(Project.objects.first(), "2020-12-30", by=official, text="Draft", internal_note="Between us")
    an_evidence(draft, kind="PHOTO", content=b"photo", is_consented=True)
    ReviewNote.objects.create(report=draft, text="Again.", by=reviewer)
    Reminder.objects.create(person=official, day="2020-12-01", channel="DESK")
    article = Article.objects.create(
        title="A", slug="a", body="<p>One &amp; a half</p>\n<p>Two<br>lines</p>", author=editor
    )
    article.cover.save("cover.jpg", ContentFile(b"cover"), save=False)
    article.cover_alt, article.cover_credit = "A gate", "City council"
    article.save()
    an_article_image(article)
    ArticleVersion.objects.create(
        article=article, title="A", body="B", by=editor, note="C", replaced_at="2020-12-01T00:00Z"
    )
    return portal


def state() -> MigrationExecutor:
    return MigrationExecutor(connections["default"])


def head_of(executor: MigrationExecutor) -> list[tuple[str, str]]:
    return executor.loader.graph.leaf_nodes()


def forward() -> None:
    executor = state()
    executor.migrate(head_of(executor))


def back_before(app: str, name: str) -> None:
    """As far as the one before it, with all that stand on it."""
    executor = state()
    ((_app, before),) = [key for key in executor.loader.graph.node_map[app, name].parents if key[0] == app]
    executor.migrate([(app, before)])


def rows() -> dict[str, dict[str, list]]:
    """Every table's columns, each with its values in the order of the first one."""
    found = {}
    with connection.cursor() as cursor:
        for table in set(table_names(connection)) - {"django_migrations", "sqlite_sequence"}:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")  # noqa: S608
            names, values = [column[0] for column in cursor.description], cursor.fetchall()
            found[table] = {name: [row[n] for row in values] for n, name in enumerate(names)}
    return found


def differing(one: dict, other: dict) -> set[str]:
    """Of what both have, the columns that say something else."""
    return {
        f"{table}.{name}"
        for table in one.keys() & other.keys()
        for name in one[table].keys() & other[table].keys()
        if one[table][name] != other[table][name]
    }


# On its way back a body loses its markup, which the older program didn't know: the words stay.
PLAIN = {("news", "0002_correction_note"), ("news", "0003_rich_text_and_pictures")}
WORDS = "One & a half\n\nTwo\nlines"
# What the older schema has no place for is gone afterwards: a backup holds it.
FORGOTTEN = {
    ("projects", "0002_evidence_is_consented"): {"projects_evidence.is_consented", "projects_report.internal_note"},
    ("projects", "0003_internal_note"): {"projects_report.internal_note"},
    ("tasks", "0002_reminder"): {"tasks_reminder"},
    **{key: {"news_article.cover_credit", "news_articleimage", "news_articleversion"} for key in PLAIN},
}
SALTS_OF_ACTS = {f"{model._meta.db_table}.acts_salt" for model in all_facts()}
APPOINTMENTS = {"projects_appointment", "projects_firstreviewer"}
FORGOTTEN |= {
    key: {*SALTS_OF_ACTS, "projects_hiddencontent", "projects_redactiondecision", *APPOINTMENTS}
    for key in [
        ("ledger", "0002_redactions_in_two_steps"),
        ("projects", "0007_redactions_in_two_steps"),
        ("projects", "0008_acts"),
        ("tasks", "0004_acts"),
    ]
}
FORGOTTEN |= dict.fromkeys([("ledger", "0003_appointments"), ("projects", "0009_appointments")], APPOINTMENTS)
PLACES = (1, 3) if IS_SHORT else range(1, 100)


@pytest.mark.parametrize("migration", NEWEST if IS_SHORT else LATER, ids=".".join)
def test_each_goes_back_and_forward_over_data_and_breaks_off_without_a_trace(year, monkeypatch, migration):
    before = rows()
    back_before(*migration)
    behind = rows()
    assert differing(before, behind) == ({"news_article.body"} if migration in PLAIN else set())
    assert (WORDS in behind["news_article"]["body"]) == (migration in PLAIN)
    seen = schema(), behind
    for place in PLACES:
        if not breaks_off(monkeypatch, migration, place):
            break
        assert (schema(), rows()) == seen, place
    forward()
    after = rows()
    assert {one for one in differing(before, after) if not is_forgotten(migration, one)} == set()
    assert {name: set(columns) for name, columns in after.items()} == {name: set(one) for name, one in before.items()}
    # The plan's entry tells of its first reviewers; where what proves them is gone, the check says so and nothing else.
    are_gone = FORGOTTEN.get(migration, set()) & (APPOINTMENTS | SALTS_OF_ACTS)
    told = [re.search(r"：([a-z]+)[^：]*$", one)[1] for one in differences()]
    assert told == (["reviewers"] if are_gone else [])


def is_forgotten(migration: tuple[str, str], column: str) -> bool:
    return bool({column, column.partition(".")[0]} & FORGOTTEN[migration])


def breaks_off(monkeypatch, migration: tuple[str, str], place: int) -> bool:
    """Migrate in what is like a process of its own, which dies with its connection at the statement of that number."""
    asked = []
    execute = connection.SchemaEditorClass.execute

    def counted(self, sql, params=()):
        asked.append(sql)
        if len(asked) == place:
            raise OSError("broken off")
        return execute(self, sql, params)

    process = connection_to(connection.settings_dict)
    with monkeypatch.context() as patch, connected_to(process), suppress(OSError):
        patch.setattr(connection.SchemaEditorClass, "execute", counted)
        state().migrate([migration])
    process.connection.close()
    return len(asked) == place


def schema() -> list[str]:
    """What the database itself says of its tables."""
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA[connection.vendor])
        return sorted(map(str, cursor.fetchall()))


SCHEMA = {
    "sqlite": "SELECT type, name, tbl_name, sql FROM sqlite_master",
    "postgresql": "SELECT table_name, column_name, concat(data_type, is_nullable, column_default)"
    " FROM information_schema.columns WHERE table_schema = 'public'"
    " UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
    " FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
    " UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}


@pytest.mark.parametrize("n", [40] if IS_SHORT else [1, 40, 148])
def test_a_load_that_breaks_off_leaves_nothing_behind(portal, monkeypatch, n):
    published = []

    def publish(draft):
        published.append(draft)
        if len(published) == n:
            raise OSError("broken off")
        return act(draft)

    act, before = loading.publish, rows()
    monkeypatch.setattr(loading, "publish", publish)
    with pytest.raises(OSError, match="broken off"):
        loading.load_files([PLAN_FILE, ILLUSTRATIVE_FILE])
    assert rows() == before
    assert not [path for path in (portal.data / "media").rglob("*") if path.is_file()]
