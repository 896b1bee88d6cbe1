"""What is told of constraints without asking the database, held against what the database says."""

from datetime import UTC, date, datetime
from itertools import islice, product

import pytest
from django.apps import apps
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Length

from common.constraints import QuicklyValidated, is_satisfied
from projects.models import Milestone, Report
from tasks.models import Target, Vote

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

SAMPLES = {
    models.BooleanField: [False, True],
    models.DateTimeField: [datetime(2020, 3, 2, tzinfo=UTC), datetime(2020, 3, 1, tzinfo=UTC)],
    models.DateField: [date(2020, 3, 2), date(2020, 3, 1)],
    models.ForeignKey: [1, 2],
    models.DecimalField: [0, 1, -1],
    models.IntegerField: [0, 1, 101, -1],
    models.Field: ["", "x"],
}
MOST = 40  # rows that are tried with each constraint
OURS = [
    (model, constraint)
    for model in apps.get_models()
    if issubclass(model, QuicklyValidated)
    for constraint in model._meta.constraints
    if isinstance(constraint, CheckConstraint) or constraint.condition
]


def samples(field: models.Field) -> list:
    found = next(values for kind, values in SAMPLES.items() if isinstance(field, kind))
    return [*([None] if field.null else []), *(value for value, _ in (field.flatchoices or [])[:1]), *found]


def rows_for(model: type[models.Model], condition: Q):
    """Of every few combinations the same number, whatever the fields."""
    fields = [model._meta.get_field(name) for name in sorted(condition.referenced_base_fields)]
    every = list(product(*map(samples, fields)))
    alone = [values for values in every if values.count(None) == len(fields) - 1]  # of many, where one may be there
    for values in (*islice(every, 0, None, max(1, len(every) // MOST)), *alone):
        yield model(**{field.attname: value for field, value in zip(fields, values, strict=True)}), values


@pytest.mark.parametrize(("model", "constraint"), OURS, ids=lambda one: getattr(one, "name", None))
def test_what_is_told_is_what_the_database_says(model, constraint):
    """Of rows without a null always; of others it may be unsure, and then the database is asked."""
    seen = set()
    for row, values in rows_for(model, constraint.condition):
        is_met = constraint.condition.check(row._get_field_expression_map(meta=model._meta))
        is_right = is_met if isinstance(constraint, CheckConstraint) else not is_met
        assert (
            (is_satisfied(constraint, row) == is_right)
            if None not in values
            else (is_right or not is_satisfied(constraint, row))
        )
        seen.add(is_satisfied(constraint, row))
    assert seen == {True, False}


def test_what_the_database_computes_is_left_to_it():
    def kept(condition: Q, row: models.Model) -> bool:
        return is_satisfied(CheckConstraint(condition=condition, name="x"), row)

    assert kept(Q(amount__gt=0), Target(amount=1))
    assert not kept(Q(amount__gt=0), Target(amount=F("weight")))
    assert not kept(Q(amount__gt=0), Target(amount="many"))
    assert kept(Q(present__gte=F("satisfied") + F("fairly")), Vote(present=3, satisfied=1, fairly=2))
    assert not kept(Q(present__gte=F("satisfied") + F("fairly")), Vote(present=3, satisfied=1))
    assert not kept(Q(present__gte=F("satisfied") * F("fairly")), Vote(present=3, satisfied=1, fairly=2))
    assert not kept(Q(title__regex="x"), Milestone(title="x"))
    assert not kept(Q(Length("title"), 1), Milestone(title="x"))
    assert not kept(Q(project__title="x"), Milestone(title="x"))
    assert not kept(Q(nothing=1), Milestone(title="x"))
    assert not kept(Q(amount=1) ^ Q(weight=1), Target(amount=1, weight=2))


def test_a_good_row_asks_nothing_of_the_database_for_its_checks(city, django_assert_num_queries):
    report = Report.objects.get(project=city.bridge)
    asked = [name for name in Report._meta.constraints if isinstance(name, UniqueConstraint) and not name.condition]
    with django_assert_num_queries(0):
        assert [found for _, some in report.get_constraints() for found in some] == asked
