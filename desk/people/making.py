"""The accounts of a sheet: checked against those that are there, then made, all or none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from django.contrib.auth.models import Group, User
from django.core import signing
from django.db.models import QuerySet
from django.utils import timezone

from accounts.passwords import (
    has_start_password,
    hashed_start_password,
    mark_given,
    start_password,
    start_password_seed,
)
from accounts.roles import OFFICIAL
from common.spelling import spell
from common.tokens import clean_token
from desk.people.rows import EVERY_DEPARTMENT, PeopleReading, PersonRow
from desk.workbooks.readings import Note, Problem
from ledger.models import Entry
from projects.appointments import note_role
from projects.models import Appointment, Department, Membership
from projects.snapshots import load_departments
from tasks.models import Aliases

MOST_DEPARTMENTS = 400  # of an account: its form sends four fields of each, and a request holds 2000
LONGEST_LOOK = 60 * 60  # seconds between reading a sheet and making its accounts


@dataclass(frozen=True)
class NewPerson:
    """`departments` are slugs, `places` the words for where somebody works who files for nobody. `cells` has the cell of each column, for what has changed by the second press."""

    name: str
    account: str
    roles: tuple[str, ...]
    departments: tuple[str, ...]
    places: tuple[str, ...]
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Known:
    """What is there: the departments by each word that means them, and accounts, both in small letters."""

    departments: Mapping[str, str]  # slug by word
    department_names: Mapping[str, str]  # by slug
    accounts: Mapping[str, str]  # the account's name in small letters, and the name of its person
    people: Mapping[str, str]  # the name of a person, and the account


def known() -> Known:
    """In a few queries, however many there are."""
    today = timezone.localdate()
    current = {slug: snapshot.name for slug, snapshot in load_departments(today).items()}
    departments: dict[str, str] = {}
    names: dict[str, str] = {}
    for slug, name in Department.objects.values_list("slug", "name"):
        names[slug] = current.get(slug, name)
        departments |= {clean_token(word).casefold(): slug for word in (name, names[slug])}
    for slug, words in Aliases.objects.filter(department__isnull=False).values_list("department__slug", "words"):
        for word in words.split("、"):
            departments.setdefault(clean_token(word).casefold(), slug)
    people = list(User.objects.values_list("username", "first_name"))
    return Known(
        departments,
        names,
        {username.casefold(): name for username, name in people},
        {name: username for username, name in people if name},
    )


def new_people(reading: PeopleReading, there: Known) -> list[NewPerson]:
    """Whom the sheet would make; adds to the reading's problems and notes what contradicts what is there."""
    spelled = spell(sorted({row.name for row in reading.rows if row.name and not row.account}))
    taken = {*there.accounts, *(row.account.casefold() for row in reading.rows if row.account)}
    found = []
    for row in reading.rows:
        account = row.account or _account_of(row.name, spelled.get(row.name, ""), taken)
        slugs = {word: _slugs_named(word, row, there) for word in row.departments}
        unknown = tuple(word for word, own in slugs.items() if not own)
        departments = tuple(dict.fromkeys(slug for own in slugs.values() for slug in own))
        person = NewPerson(row.name, account, row.roles, departments, unknown, row.cells)
        reading.problems += _problems(row, person, there)
        if any(len(own) > 1 for own in slugs.values()):
            cell = row.cells["departments"]
            reading.notes.append(
                Note(cell, f"“{row.name}”替现在的全部 {len(departments)} 个部门填报；以后新增的部门要再加。")
            )
        if row.works_anywhere:
            reading.notes += [Note(row.cells["departments"], _place_note(word, there)) for word in unknown]
        if OFFICIAL in row.roles and not row.departments:
            cell = row.cells.get("departments", row.cells["name"])
            reading.notes.append(Note(cell, f"“{row.name}”没有写部门，登录后没有可以填报的。"))
        found.append(person)
    return found


def _slugs_named(word: str, row: PersonRow, there: Known) -> list[str]:
    """Of the department that the word means; of all that there are, where somebody files for 全部."""
    token = clean_token(word).casefold()
    if token in EVERY_DEPARTMENT and token not in there.departments and not row.works_anywhere:
        return list(there.department_names)
    return [there.departments[token]] if token in there.departments else []


def _account_of(name: str, syllables: str, taken: set[str]) -> str:
    """Of the pinyin of the name, of its Latin letters where it has no other; with a number where it is taken. It is then taken."""
    letters = syllables.replace(" ", "") or "".join(one for one in name.casefold() if one.isascii() and one.isalpha())
    if not letters:
        return ""
    account, number = letters, 1
    while account in taken:
        number += 1
        account = f"{letters}{number}"
    taken.add(account)
    return account


def _problems(row: PersonRow, person: NewPerson, there: Known) -> Iterator[Problem]:
    if row.name and not person.account:
        yield Problem(row.cells["name"], f"从“{row.name}”拼不出账号，请在“账号”一列写一个。")
    yield from _collisions(person, there, is_written=bool(row.account))
    if len(person.departments) > MOST_DEPARTMENTS:
        n, most = len(person.departments), MOST_DEPARTMENTS
        yield Problem(row.cells["departments"], f"一个账号最多 {most} 个部门，这里有 {n} 个。请分给几个人。")
    if not row.works_anywhere:
        for word in person.places:
            yield Problem(row.cells["departments"], _unknown_department(word, there))


def _collisions(person: NewPerson, there: Known, *, is_written: bool) -> Iterator[Problem]:
    if person.account and person.account.casefold() in there.accounts:
        owner = there.accounts[person.account.casefold()]
        of_whom = f"（{owner}）" if owner else ""
        cell = person.cells.get("account", person.cells["name"])
        yield Problem(cell, f"账号“{person.account}”已经有了{of_whom}。是同一个人，就删掉这一行；不是，请换一个。")
    elif not is_written and person.name in there.people:
        yield Problem(
            person.cells["name"],
            f"已经有叫“{person.name}”的账号（{there.people[person.name]}）。是同一个人，就删掉这一行；不是，请写一个账号。",
        )


def _unknown_department(word: str, there: Known) -> str:
    if not there.department_names:
        return "还没有任何部门。先建立年度计划或者在“部门”里新增，再传这张表；也可以先不写部门。"
    similar = _similar_department(word, there)
    return f"没有“{word}”这个部门。" + (f"是不是“{similar}”？" if similar else "先在“部门”里新增，或者改成已有的名称。")


def _place_note(word: str, there: Known) -> str:
    similar = _similar_department(word, there)
    which = f"是不是“{similar}”？不是，" if similar else ""
    return f"“{word}”不是“部门”里的。{which}也可以：印在发密码的那一页上，账号上和公开记录里只写角色。"


def _similar_department(word: str, there: Known) -> str:
    return next(iter(get_close_matches(word, there.department_names.values(), 1, 0.4)), "")


# Between the two presses


@dataclass(frozen=True)
class SignedSheet:
    """Those whom a page showed, and the seed of their start passwords, by which a page that is sent twice is known."""

    people: tuple[NewPerson, ...]
    seed: str


def signed(people: Sequence[NewPerson], by: User) -> str:
    """What travels in the form of the page: nobody else can send it, and nothing in it can be changed."""
    content = {"people": [asdict(person) for person in people], "seed": start_password_seed()}
    return signing.dumps(content, salt=_salt(by), compress=True)


def unsigned(text: str, by: User) -> SignedSheet:
    """Raises django.core.signing.BadSignature for what this person was not shown, or longer ago than LONGEST_LOOK."""
    content: dict[str, Any] = signing.loads(text, salt=_salt(by), max_age=LONGEST_LOOK)
    lists = ("roles", "departments", "places")
    people = tuple(NewPerson(**row | {name: tuple(row[name]) for name in lists}) for row in content["people"])
    return SignedSheet(people, content["seed"])


def _salt(by: User) -> str:
    return f"desk.people.{by.pk}"


# The second press


@dataclass(frozen=True)
class Made:
    """An account with its start password, empty where it is no more, and the entry where it made a reviewer."""

    person: NewPerson
    user: User
    password: str
    entry: Entry | None


def later_problems(people: Sequence[NewPerson], there: Known) -> list[Problem]:
    """What others did since the sheet was read."""
    taken = [problem for person in people for problem in _collisions(person, there, is_written=True)]
    missing = [
        Problem(person.cells["departments"], "这个部门刚被删掉了，请再传一次。")
        for person in people
        if not {*person.departments} <= there.department_names.keys()
    ]
    return [*taken, *missing]


def made_before(sheet: SignedSheet) -> list[Made]:
    """What an earlier press of the same page made: empty where none did, or where nobody has that start password any more.

    A second click would otherwise take the answer's place and lose the passwords, which are stored nowhere: they are made
    of the seed once more and shown for the accounts that have them still.
    """
    since = timezone.now() - timedelta(seconds=LONGEST_LOOK)
    names = [person.account for person in sheet.people]
    users = {user.username: user for user in User.objects.filter(username__in=names, date_joined__gte=since)}
    if len(users) < len(names):
        return []
    entries = {one.person_id: one.entry for one in _appointments_of(users.values())}
    made = []
    for person in sheet.people:
        user, password = users[person.account], start_password(sheet.seed, person.account)
        own = password if has_start_password(user, password) else ""
        made.append(Made(person, user, own, entries.get(user.pk)))
    return made if any(one.password for one in made) else []


def _appointments_of(people: Iterable[User]) -> QuerySet[Appointment]:
    return Appointment.objects.published().filter(person__in=people).select_related("entry")


def make(sheet: SignedSheet, *, by: User) -> list[Made]:
    """In the caller's transaction, which holds the ledger's lock. Raises PublicationError while the clock is behind the last entry."""
    groups = {group.name: group for group in Group.objects.all()}
    departments = {one.slug: one for one in Department.objects.all()}
    made = []
    for person in sheet.people:
        password = start_password(sheet.seed, person.account)
        user = User(username=person.account, first_name=person.name, is_staff=True)
        user.password = hashed_start_password(password)
        user.save(force_insert=True)
        user.groups.set([groups[role] for role in person.roles])
        Membership.objects.bulk_create(
            Membership(user=user, department=departments[slug]) for slug in person.departments
        )
        mark_given(user)
        made.append(Made(person, user, password, note_role(user, had_role=False, by=by)))
    return made
