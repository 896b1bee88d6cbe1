"""What goes out together: the departments that a waiting plan or addition first names are no tasks of their own."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from projects.models import Department, Fact
from tasks.models import Addition, Commitment, Contribution, Indicator, Measure, Plan, Task

# Of each kind of row that leads to departments, the columns that name them.
NAMING = {
    Task: ("leads", "partners"),
    Measure: ("leads", "partners"),
    Indicator: ("leads",),
    Commitment: ("project__leads", "project__partners"),
    Contribution: ("project__leads", "project__partners"),
}


@dataclass(frozen=True)
class Publication:
    """A fact that waits, with the departments that become public by its entry."""

    fact: Fact
    together: tuple[Department, ...] = ()


def publications_of(facts: Sequence[Fact]) -> list[Publication]:
    """Plans, then additions, each with its departments, then the rest as it came. The number of queries is constant."""
    bringing = [fact for kind in (Plan, Addition) for fact in facts if isinstance(fact, kind)]
    departments = [fact for fact in facts if isinstance(fact, Department)]
    named = _named_departments() if bringing and departments else {}
    first = [
        Publication(fact, tuple(one for one in departments if one.slug in named.get((type(fact), fact.pk), ())))
        for fact in bringing
    ]
    folded = {department.pk for one in first for department in one.together}
    rest = (fact for fact in facts if not isinstance(fact, Plan | Addition))
    return [*first, *(Publication(fact) for fact in rest if not (isinstance(fact, Department) and fact.pk in folded))]


def _named_departments() -> dict[tuple[type, int], set[str]]:
    """The slugs that unpublished rows and their projects name, by kind and key of what brings them."""
    found: dict[tuple[type, int], set[str]] = defaultdict(set)
    for model, columns in NAMING.items():
        rows = model._default_manager.filter(entry=None)
        for addition, plan, *named in rows.values_list("addition", model.plan_path, *columns):
            bringing = (Addition, addition) if addition else (Plan, plan)
            found[bringing] |= set(_slugs_in(named))
    return found


def _slugs_in(named: Iterable[Sequence[str] | None]) -> Iterator[str]:
    for slugs in named:
        yield from slugs or ()
