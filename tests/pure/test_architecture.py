"""The house holds: who may import whom, and no model forgets what every model of its kind has."""

import ast
import re
from typing import NamedTuple

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.expressions import F

from accounts import audit_log, lockout
from ledger.guard import Guarded, GuardedQuerySet, Part, Record
from projects.models import Fact, MoneyField
from tests.databases import is_asked_for_by
from tests.rooms import MAY_IMPORT, ROOMS

# In the order in which they may point at one another; accounts keep the label under which their tables are known.
LABELS = ("huozhou_portal", "ledger", "projects", "tasks", "news")

# The database refuses these too, but no form can send them: a choice is refused by its field, a number of an entry
# is counted by the chain.
MET_BY_CODE_ALONE = {
    "ledger_entry_seq_from_one",
    "projects_adjustment_decided_by_known",
    "projects_evidence_kind_known",
    "projects_report_delay_known",
    "tasks_check_finding_known",
    "tasks_check_observer_known",
    "tasks_checkevidence_kind_known",
    "tasks_commitment_goal_known",
    "tasks_indicator_comparator_known",
    "tasks_indicator_kind_known",
    "tasks_planadjustment_decided_by_known",
    "tasks_target_pace_known",
    "tasks_taskevidence_kind_known",
    "tasks_taskreport_delay_known",
    "tasks_voteevidence_kind_known",
}
LONGEST = 50  # lines of a function
MARKS = ("both_databases", "one_database")
# Moments of a draft, which no public channel shows.
OF_DRAFTS = {"release_at", "submitted_at"}
# Who may be deleted takes their memberships along; whoever drafted or published anything may not.
CASCADING = {"projects.Membership.user"}


# Imports


class Import(NamedTuple):
    line: int
    room: str
    is_inline: bool


def imports_of(source: str) -> list[Import]:
    """What the module takes from our rooms, and whether inside a function."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inline = {id(node) for function in functions for node in ast.walk(function)}
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(module=module, level=level):
                modules = [module if module and not level else ""]
            case _:
                continue
        found += [Import(node.lineno, module.partition(".")[0], id(node) in inline) for module in modules]
    return found


def sources():
    """Each module of our rooms, migrations apart."""
    for room in ROOMS:
        for path in sorted((settings.BASE_DIR / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(settings.BASE_DIR)


def texts_of_sources():
    return [(settings.BASE_DIR / path).read_text() for path in sources()]


def places(wanted) -> list[str]:
    return [
        f"{path}:{found.line}"
        for path in sources()
        for found in imports_of((settings.BASE_DIR / path).read_text())
        if wanted(path, found)
    ]


def test_every_package_of_the_program_is_a_room():
    inits = {path.parent.name for path in settings.BASE_DIR.glob("*/__init__.py")}
    assert inits - {"tests", "scripts", "lab"} == set(ROOMS)


def test_no_room_imports_what_it_may_not_know():
    def is_strange(path, found):
        room = path.parts[0]
        return found.room in ROOMS and found.room not in (room, *MAY_IMPORT[room])

    assert places(is_strange) == []


def test_no_import_hides_in_a_function():
    assert places(lambda path, found: found.is_inline) == []


def test_no_room_imports_what_is_not_installed():
    assert places(lambda path, found: found.room in ("tests", "lab")) == []
    assert "lab export-ignore" in (settings.BASE_DIR / ".gitattributes").read_text().splitlines()


def test_no_function_is_longer_than_a_page():
    def is_long(node):
        return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno >= LONGEST

    folders = (*ROOMS, "lab", "scripts", "tests")
    files = [path for folder in folders for path in (settings.BASE_DIR / folder).rglob("*.py")]
    assert [
        (str(path), node.name) for path in files for node in ast.walk(ast.parse(path.read_text())) if is_long(node)
    ] == []


def test_no_salt_changes_when_its_module_moves():
    """What was signed or digested under the name of a module is known no more once the module has another."""
    named = re.compile(r"salt(=|ed_hmac\()__name__")
    assert [str(path) for path in sources() if named.search((settings.BASE_DIR / path).read_text())] == []


def test_salts_are_what_they_were():
    moved = {"huozhou_portal.audit", "huozhou_portal.doorkeeper", "ledger.edits", "projects.hidden"}
    written = {audit_log.SALT, lockout.SALT, *re.findall(r'salted_hmac\("([^"]+)"', "".join(texts_of_sources()))}
    assert written == {*moved, "accounts.start_password", "desk.monthly", "desk.returns.row"}


@pytest.mark.parametrize(
    ("source", "imports"),
    [
        ("import tasks.models, news", [(1, "tasks", False), (1, "news", False)]),
        ("from tasks.models import Plan", [(1, "tasks", False)]),
        ("from . import models", [(1, "", False)]),
        ("from .tasks import x", [(1, "", False)]),
        ("def f():\n    if x:\n        import news", [(3, "news", True)]),
        ("class A:\n    async def f(self):\n        from tasks import views", [(3, "tasks", True)]),
        ("try:\n    import news\nexcept ImportError:\n    pass", [(2, "news", False)]),
    ],
)
def test_imports_are_found_wherever_they_stand(source, imports):
    assert imports_of(source) == imports


def test_every_test_that_asks_for_a_database_says_on_which_it_runs(request):
    """Of those of this run. A new file says by `pytestmark` whether it could come to something else on PostgreSQL."""
    forgot = {
        item.path.relative_to(settings.BASE_DIR).as_posix()
        for item in request.session.items
        if is_asked_for_by(item) and not any(item.get_closest_marker(mark) for mark in MARKS)
    }
    assert forgot == set()


def test_no_test_of_the_pure_room_asks_for_a_database(request):
    asking = {item.path for item in request.session.items if "pure" in item.path.parts and is_asked_for_by(item)}
    assert sorted(path.relative_to(settings.BASE_DIR).as_posix() for path in asking) == []


# Models


def our_models(kind: type = models.Model) -> list[type[models.Model]]:
    return [model for label in LABELS for model in apps.get_app_config(label).get_models() if issubclass(model, kind)]


def fields_of(kind: type = models.Model) -> list[models.Field]:
    return [field for model in our_models(kind) for field in (*model._meta.concrete_fields, *model._meta.many_to_many)]


def labels(found) -> list[str]:
    return [one._meta.label if isinstance(one, type) else str(one) for one in found]


def checks_of(model: type[models.Model]) -> list[CheckConstraint]:
    return [one for one in model._meta.constraints if isinstance(one, CheckConstraint)]


def names_in(condition: Q) -> set[str]:
    """The fields that a condition speaks of."""
    names = set()
    for child in condition.children:
        if isinstance(child, Q):
            names |= names_in(child)
        else:
            lookup, value = child
            names |= {lookup.partition("__")[0]} | ({value.name} if isinstance(value, F) else set())
    return names


def has_check(model: type[models.Model], *names: str) -> bool:
    """Whether a constraint of the model speaks of these fields and no other."""
    return set(names) in [names_in(check.condition) for check in checks_of(model)]


def test_publication_is_whole_or_not_at_all():
    whole = ("entry", "published_at", "published_on")
    assert labels(model for model in our_models(Record) if not has_check(model, *whole)) == []


def test_every_fact_takes_two_people_or_a_source():
    """docs/rules.md: two-people."""
    people = ("published_at", "drafted_by", "published_by", "source")
    assert labels(model for model in our_models(Fact) if not has_check(model, *people)) == []


def test_nothing_is_public_before_it_held():
    """docs/rules.md: facts."""
    days = [field for field in fields_of(Fact) if field.name in {"held_on", "decided_on"}]
    assert len(days) == 7
    assert labels(day for day in days if not has_check(day.model, day.name, "published_on")) == []


def test_every_moment_that_may_miss_has_a_partner():
    def has_partner(field):
        spoken_of = [names_in(check.condition) for check in checks_of(field.model)]
        return any(field.name in names and len(names) > 1 for names in spoken_of)

    moments = [field for field in fields_of() if field.name.endswith("_at") and field.null]
    assert {field.name for field in moments if not has_partner(field)} == OF_DRAFTS


def test_every_amount_has_its_limit():
    amounts = [field for field in fields_of() if isinstance(field, MoneyField)]
    assert labels(amount for amount in amounts if not has_check(amount.model, amount.name)) == []


def test_nothing_that_is_pointed_at_can_be_deleted():
    links = [field for field in fields_of() if isinstance(field, models.ForeignKey)]
    assert {str(link) for link in links if link.remote_field.on_delete is not models.PROTECT} == CASCADING


def test_no_model_points_at_a_room_above_it():
    links = [field for field in fields_of() if field.related_model and field.related_model in our_models()]
    rooms = [(link, LABELS.index(link.model._meta.app_label), link.related_model._meta.app_label) for link in links]
    assert labels(link for link, room, other in rooms if LABELS.index(other) > room) == []


def test_no_manager_of_a_guarded_model_goes_round_the_guard():
    managers = [one for model in our_models(Guarded) for one in (*model._meta.managers, model._base_manager)]
    assert labels(one for one in managers if not isinstance(one.get_queryset(), GuardedQuerySet)) == []


def test_the_name_of_a_row_in_a_fixture_is_its_alone():
    def keys_of(model):
        alone = [{field.name} for field in model._meta.concrete_fields if field.unique]
        return alone + [set(one.fields) for one in model._meta.constraints if isinstance(one, UniqueConstraint)]

    named = {model: {lookup.partition("__")[0] for lookup in model.natural} for model in our_models(Guarded)}
    assert labels(model for model, names in named.items() if names not in keys_of(model)) == []


def test_every_part_belongs_to_something_that_is_published():
    owners = [model._meta.get_field(model.parent) for model in our_models(Part)]
    assert labels(owner for owner in owners if owner.null or not issubclass(owner.related_model, Guarded)) == []


def test_what_the_database_refuses_is_told_in_chinese():
    def is_told(check):
        message = str(check.violation_error_message)
        return message != str(check.default_violation_error_message) and re.search("[一-鿿]", message)

    checks = [check for model in our_models() for check in checks_of(model)]
    assert {check.name for check in checks if not is_told(check)} == MET_BY_CODE_ALONE
