"""Words that were riddles as names, and that shall not come back: docs and decisions say what to write instead."""

import ast
import re
from collections.abc import Iterator

import pytest
from django.conf import settings

from tests.rooms import ROOMS

INSTEAD = {
    "bring": "stage or promote",
    "business": "status",
    "chance": "random",
    "companions": "published_together",
    "concern": "issue",
    "door": "uploads, cleaner or view",
    "doorkeeper": "lockout",
    "errand": "reporting_task",
    "fences": "security_headers",
    "fitted": "truncated",
    "found": "results, or what they are",
    "gone": "missing, deleted",
    "heard": "reported",
    "household": "network",
    "matter": "item",
    "memo": "cache",
    "noticed": "with_outage_banner",
    "painter": "executor",
    "patience": "timeout",
    "placing": "swap",
    "press": "activity",
    "refusal": "error",
    "remembered": "cached",
    "remembering": "caching",
    "rewound": "snapshot_at_entry",
    "said": "text or description",
    "seat": "queue",
    "shown": "visible or displayed",
    "standing": "snapshot, or active",
    "stands": "current",
    "told": "text, report or display",
    "tries": "attempts",
    "try": "attempt",
    "unasked": "unchecked",
    "untold": "digest_only",
    "unwatched": "excluded",
    "whence": "from",
}
# What the database, the pages or the browser know under a name with such a word: stored columns, columns of the admin,
# whose names are classes in its pages, and codes of docs/rules.md.
KNOWN_OUTSIDE = {
    "Observer.PRESS",
    "Redaction.is_standing",
    "VotingBody.STANDING_COMMITTEE",
    "Reminder.matters",
    "matters",
    "ArticleAdmin.attachment_shown",
    "ArticleAdmin.body_shown",
    "ArticleAdmin.cover_shown",
    "PictureInline.shown",
}


def words_of(name: str) -> set[str]:
    """In the singular, of a name in snake case or camel case."""
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}
    return words | {word.removesuffix("s") for word in words}


def names_in(node: ast.AST, owner: str = "") -> Iterator[str]:
    """Of classes, functions, parameters and attributes; those of a class with its name. Local variables are left out."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.ClassDef(name=name):
                yield name
                yield from names_in(child, f"{name}.")
            case ast.FunctionDef(name=name, args=args) | ast.AsyncFunctionDef(name=name, args=args):
                yield owner + name
                every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
                yield from (argument.arg for argument in every if argument)
                yield from names_in(child)
            case ast.Assign() | ast.AnnAssign() if owner:
                targets = child.targets if isinstance(child, ast.Assign) else [child.target]
                named = (one for target in targets for one in ast.walk(target) if isinstance(one, ast.Name))
                yield from (owner + one.id for one in named)
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case _:
                yield from names_in(child, owner)


def returning(source: str) -> list[str]:
    names = (name for name in names_in(ast.parse(source)) if name not in KNOWN_OUTSIDE)
    return [name for name in names if words_of(name.rpartition(".")[2]) & INSTEAD.keys()]


def test_no_word_comes_back():
    found = {
        f"{path.relative_to(settings.BASE_DIR)}: {name}"
        for room in (*ROOMS, "scripts")
        for path in (settings.BASE_DIR / room).rglob("*.py")
        if "migrations" not in path.parts
        for name in returning(path.read_text())
    }
    assert sorted(found) == []


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("class Errand: pass", ["Errand"]),
        ("class A:\n    told: str = ''", ["A.told"]),
        ("class A:\n    def told(self): pass", ["A.told"]),
        ("def refusals_of(): pass", ["refusals_of"]),
        ("def f(*, shown): pass", ["shown"]),
        ("def f(a):\n    a.was_heard = 1", ["was_heard"]),
        ("def f():\n    found = 1\n    return found", []),
        ("class Redaction:\n    is_standing = True", []),
    ],
)
def test_a_name_with_such_a_word_is_seen(source, names):
    assert returning(source) == names
