"""The data for programs: recomputed from the facts they list, verified with nothing but SHA-256, closed to the future."""

import hashlib
import json

import pytest

from tests.oracle.days_and_numbers import shanghai_day
from tests.oracle.faults import faults_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

DAYS = [
    "2020-03-05",
    "2020-03-31",
    "2020-06-30",
    "2020-09-30",
    "2020-10-25",
    "2020-12-15",
    "2020-12-31",
    "2021-01-01",
    "2021-01-20",
    "2021-03-15",
    "2021-06-01",
    "",
]


def get(client, path, **params):
    response = client.get(f"/api/v1/{path}", params)
    assert response.status_code == 200, response.content.decode()
    return response.json()


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize("day", DAYS)
def test_every_figure_follows_from_the_facts_listed(client, day):
    """docs/rules.md: value, actual, state, planned, pace-day, sums, lag, light, outcome.

    As asked for by a program; `tests/db/test_oracle.py` asks on more days, and of two plans.
    """
    plan = get(client, "plans/2020", as_of=day)
    slugs = [listed["slug"] for listed in get(client, "projects", as_of=plan["as_of"])["projects"]]
    assert faults_of(plan, {slug: get(client, f"projects/{slug}", as_of=plan["as_of"]) for slug in slugs}) == []


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize("day", DAYS)
def test_the_tallies_count_the_commitments_listed(client, day):
    """docs/rules.md: tally."""
    plan = get(client, "plans/2020", as_of=day)
    for series in plan["series"]:
        own = [c for c in plan["commitments"] if c["series"] == series["code"]]
        assert series["tally"]["total"] == len(own)
        for name in ("light", "outcome"):
            assert {k: n for k, n in series["tally"][name].items() if n} == {
                value: sum(c[name] == value for c in own) for value in {c[name] for c in own}
            }
    assert plan["tally"] == next(s["tally"] for s in plan["series"] if s["code"] == "livelihood")


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize("day", DAYS)
def test_the_published_money_stays_what_was_published(client, day):
    assert get(client, "plans/2020", as_of=day)["investment"] == {"amount": 1_083_000_000, "known": 6, "unknown": 4}


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize("day", [day for day in DAYS if day])
def test_nothing_of_later_days_is_told(client, day):
    """docs/rules.md: as-of."""
    plan = get(client, "plans/2020", as_of=day)
    project = get(client, "projects/city-roads", as_of=day)
    moments = [r["published_at"] for r in project["reports"]]
    moments += [r["published_at"] for m in project["milestones"] for r in m["readings"] + m["adjustments"]]
    moments += [a["published_at"] for a in project["adjustments"]]
    moments += [r["published_at"] for i in plan["indicators"] for r in i["readings"]]
    assert all(shanghai_day(moment).isoformat() <= day for moment in moments)
    entries = get(client, "ledger", as_of=day, limit=1000)
    assert entries["last"] == plan["ledger"]
    assert entries["entries"][-1]["seq"] == plan["ledger"]["seq"]


@pytest.mark.usefixtures("illustrative_2020")
def test_the_chain_verifies_with_nothing_but_sha256(client):
    previous, seq = "0" * 64, 0
    while True:
        answer = get(client, "ledger", after=seq, limit=50)
        for entry in answer["entries"]:
            seq += 1
            claimed = entry.pop("hash")
            text = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            assert hashlib.sha256(text.encode()).hexdigest() == claimed
            assert (entry["seq"], entry["previous"]) == (seq, previous)
            previous = claimed
        if seq == answer["last"]["seq"]:
            break
    assert previous == answer["last"]["hash"]
    assert seq > 50


@pytest.mark.usefixtures("illustrative_2020")
def test_a_text_can_be_checked_against_the_digest_in_its_entry(client):
    report = get(client, "projects/city-roads")["reports"][-1]
    entry = get(client, "ledger", after=report["id"] - 1, limit=1)["entries"][0]
    salted = report["salts"]["text"] + report["text"]
    assert entry["payload"]["texts"]["text"] == hashlib.sha256(salted.encode()).hexdigest()


@pytest.mark.usefixtures("plan_2020")
def test_the_real_plan_alone_is_not_illustrative(client):
    plan = get(client, "plans/2020", as_of="2020-12-31")
    assert plan["illustrative"] is False
    assert {c["light"] for c in plan["commitments"]} == {"UNREPORTED", "DONE"}


@pytest.mark.usefixtures("illustrative_2020")
def test_illustrative_data_say_so_wherever_they_stand(client):
    plan = get(client, "plans/2020", as_of="2020-12-31")
    assert plan["illustrative"] is True
    assert any(c["illustrative"] for c in plan["commitments"])
    roads = get(client, "projects/city-roads", as_of="2020-12-31")
    assert roads["illustrative"] is True
    assert all(report["illustrative"] for report in roads["reports"])


@pytest.mark.usefixtures("plan_2020")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("plans/2020?as_of=2020-13-01", 400),
        ("plans/2020?as_of=2020-03-04", 400),
        ("plans/2020?as_of=2999-01-01", 400),
        ("plans/2020?as_of=%00", 400),
        ("plans/2020?as_of=年底前", 400),
        ("plans/1999", 404),
        ("projects/nowhere", 404),
        ("projects/city-roads?as_of=yesterday", 400),
        ("ledger?as_of=2020-03-04", 400),
        ("ledger?as_of=2999-01-01", 400),
        ("ledger?after=-1", 400),
        ("ledger?after=99999999999999999999", 400),
        ("ledger?limit=0", 400),
        ("ledger?limit=%00", 400),
    ],
)
def test_what_can_not_be_answered_is_refused_in_words(client, path, status):
    response = client.get(f"/api/v1/{path}")
    assert response.status_code == status
    assert response.json()["error"]
