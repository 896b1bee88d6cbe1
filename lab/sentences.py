"""Writes every sentence that the portal makes of its plans into one file, to be read aloud.

    python -m lab.sentences FILE

For each published plan of DATA_DIR, on eight days from its publication until a year after its end, what its pages say:
headings, cards, what was promised, measures, indicators, departments, changes, the difference to the day before, the account.
Each sentence once, behind its kind, the plan and the first day that has it.
"""

import argparse
import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huozhou_portal.settings")
django.setup()

from tasks.changes import changes_of  # noqa: E402
from tasks.comparison import difference_of  # noqa: E402
from tasks.models import Plan  # noqa: E402
from tasks.snapshots import CommitmentSnapshot, PlanSnapshot, plan_snapshot_of  # noqa: E402
from website.pages.departments import answering_of  # noqa: E402
from website.pages.plans import overview_description, unserved_of  # noqa: E402
from website.sentences import clarity, headings, history, milestones, plans, promised, promises  # noqa: E402

N_DAYS = 8
Sentence = tuple[str, str]  # its kind and itself


def days_of(plan: Plan) -> list[date]:
    """From the day of publication until a year after the end, the last day of the plan and the one behind it among them."""
    n_before, first = N_DAYS - 4, plan.published_on or plan.starts_on
    before = [first + (plan.ends_on - first) / n_before * n for n in range(n_before)]
    return [*before, *(plan.ends_on + timedelta(days=n) for n in (0, 1, 90, 365))]


def sentences_of(snapshot: PlanSnapshot, before: PlanSnapshot) -> Iterator[Sentence]:
    year = snapshot.row.year
    for sentence in headings.opening_sentences(snapshot):
        yield "heading", sentence
    yield "deadline", headings.deadline_line(snapshot, year=year)
    yield "description", overview_description(snapshot)
    if neediest := promises.neediest_of(snapshot.headline, year=year):
        yield "neediest", neediest.sentence
    for series in snapshot.series:
        yield "series", "".join(headings.series_sentences(series))
        yield "clarity", clarity.clarity_sentence(series)
    for commitment in snapshot.commitments:
        yield from sentences_of_promise(commitment, year)
    yield from sentences_of_tasks(snapshot)
    yield from sentences_of_time(snapshot, before, year)
    for slug, answering in answering_of(snapshot).items():
        yield "department", f"{slug}：{answering.sentence}"
    yield "department", promises.department_sentence([], [])


def sentences_of_promise(snapshot: CommitmentSnapshot, year: int) -> Iterator[Sentence]:
    yield "card", promises.commitment_sentence(snapshot, year=year)
    yield "dated", promises.dated_sentence(snapshot, year=None)
    yield "promised", promised.promised_sentence(snapshot, year=year)
    yield "terms", promised.promised_terms(snapshot, year=year)
    yield "requirement", promised.requirement_text(snapshot)
    for state in snapshot.progress.active:
        yield "part", milestones.reading_sentence(state)
        yield "part due", milestones.deadline_clause(state)
        yield "part first", milestones.first_terms(state)


def sentences_of_tasks(snapshot: PlanSnapshot) -> Iterator[Sentence]:
    yield "tasks", promises.tasks_sentence(snapshot.tasks)
    for task in snapshot.tasks:
        yield "task", promises.task_sentence(task)
    if unserved := unserved_of(snapshot):
        yield "unserved", plans.unserved_tasks_sentence(unserved, True)
    yield "indicators", promises.indicators_sentence(snapshot.indicators)


def sentences_of_time(snapshot: PlanSnapshot, before: PlanSnapshot, year: int) -> Iterator[Sentence]:
    counter = promises.counter_of(snapshot.commitments)
    difference = difference_of(before, snapshot)
    yield "changes", history.changes_sentence(snapshot, changes_of(snapshot), year=year)
    yield "comparison", history.comparison_sentence(difference, counter, year=year)
    yield "acts", history.acts_sentence(difference)
    yield "reports", history.reports_sentence(difference)
    yield "review", history.review_sentence(snapshot.commitments)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="which is written anew")
    found: dict[Sentence, str] = {}
    for plan in Plan.objects.published().select_related("source").order_by("year"):
        before = plan_snapshot_of(plan, days_of(plan)[0])
        for day in days_of(plan):
            snapshot = plan_snapshot_of(plan, day)
            for kind, sentence in sentences_of(snapshot, before):
                found.setdefault((kind, str(sentence)), f"{plan.year}\t{day}")
            before = snapshot
    lines = (f"{kind}\t{where}\t{sentence}\n" for (kind, sentence), where in sorted(found.items()) if sentence)
    parser.parse_args().file.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
