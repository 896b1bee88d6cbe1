"""Who drafted and who published a fact, as anybody may know: that they were two, and of which offices, but not their names."""

from collections.abc import Iterator
from datetime import datetime

from django.contrib.auth.models import User

from accounts.roles import ADMINISTRATOR, OFFICIAL, REVIEWER
from ledger.chain import digest
from projects.models import Department, Fact
from projects.reviewers import Authority, Histories, authority_of
from projects.snapshots import current_term

# How a role is written in an entry, and in which order it is taken where somebody has two.
CODES = {"official": OFFICIAL, "administrator": ADMINISTRATOR, "reviewer": REVIEWER}


def person_digest(salt: str, person: User) -> str:
    return digest(salt, str(person.pk))


def acts_of(fact: Fact, at: datetime) -> list[dict]:
    """In the order in which they happened. `role` is null of whoever has none, `department` of whoever files for none;
    `unconfirmed` is there where no other reviewer stands behind who publishes.
    """
    return [
        {
            "did": did,
            "person": person_digest(fact.acts_salt, person),
            "role": role_of(person, did),
            "department": department_of(person, fact),
            **({"unconfirmed": True} if did == "published" and is_unconfirmed(authority_of(person), at) else {}),
        }
        for did, person in fact.people().items()
    ]


def is_unconfirmed(known: Authority | None, at: datetime) -> bool:
    return known is not None and known.is_unconfirmed(at)


def role_of(person: User, did: str) -> str | None:
    held = set(person.groups.values_list("name", flat=True)) | ({ADMINISTRATOR} if person.is_superuser else set())
    codes = [code for code, name in CODES.items() if name in held]
    if did == "published" and "reviewer" in codes:
        return "reviewer"
    return next(iter(codes), None)


def department_of(person: User, fact: Fact | None = None) -> str | None:
    """The address of the one that leads what the fact is about, where the person files for several; else of any."""
    departments = list(Department.objects.filter(memberships__user=person).order_by("slug"))
    about = fact and fact.answered_by_leads_of
    if len(departments) > 1 and about:
        leads = current_term(about, "leads", about.adjustments.published().order_by("entry"))
        departments = [one for one in departments if one.slug in leads] or departments
    return departments[0].slug if departments else None


def act_differences(fact: Fact, histories: Histories) -> Iterator[str]:
    """Where the rows name others than the acts do, or tell otherwise of who stood behind them."""
    people = fact.people()
    if [act["did"] for act in fact.acts] != list(people):
        yield "acts"
    for n, act in enumerate(fact.acts):
        person = people.get(act["did"])
        if person is None:
            continue
        if act["person"] != person_digest(fact.acts_salt, person):
            yield f"acts[{n}].person"
        known = histories.authority(person.pk, before=fact.entry_id)
        at = fact.published_at if act["did"] == "published" else None
        was_unconfirmed = at is not None and is_unconfirmed(known, at)
        if act.get("unconfirmed", False) != was_unconfirmed:
            yield f"acts[{n}].unconfirmed"
