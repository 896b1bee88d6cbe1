"""The rules once more, from the facts that the data for programs list, and from nothing of the portal's own code."""

from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def day(text):
    return date.fromisoformat(text) if text else None


def four(number):
    """Half away from zero to four decimals."""
    if number is None:
        return None
    scaled = int(abs(number) * 10000 + Fraction(1, 2))
    return (scaled if number >= 0 else -scaled) / 10000


def four_of_a_share(number):
    """The same, but what isn't finished is at most 0.9999, and what has begun at least 0.0001."""
    if number is None or not 0 < number < 1:
        return four(number)
    return min(max(four(number), 0.0001), 0.9999)


def shanghai_day(moment):
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone(SHANGHAI).date()


def milestone(data, reports, d):
    """The figures of one milestone on `d`, from its readings and adjustments."""
    corrected = {r["corrects"] for r in reports if r["corrects"]}
    readings = sorted(
        (r["held_on"], Fraction(str(r["value"]))) for r in data["readings"] if r["report"] not in corrected
    )
    result = {}
    for name, due_on, target in (
        ("now", day(data["due_on"]), Fraction(str(data["target"]))),
        ("promised", day(data["promised"]["due_on"]), Fraction(str(data["promised"]["target"]))),
    ):
        starts_on = day(data["starts_on"])

        def planned(x, due_on=due_on, starts_on=starts_on):
            if data["pace"] == "STEP":
                return Fraction(0) if x <= due_on else Fraction(1)
            share = Fraction((x - starts_on).days + 1, (due_on - starts_on).days + 1)
            return max(Fraction(0), min(Fraction(1), share))

        pace_on = d
        if readings and d <= due_on:
            pace_on = max(day(readings[-1][0]), d - timedelta(days=41))
        actual = readings[-1][1] / target if readings else None
        reached_on = None
        for held_on, value in reversed(readings):
            if value < target:
                break
            reached_on = day(held_on)
        result[name] = {
            "actual": actual,
            "planned": planned(pace_on),
            "planned_today": planned(d),
            "pace_on": pace_on,
            "reached_on": reached_on,
            "due_on": due_on,
            "late": bool(reached_on and reached_on > due_on),
            "overdue": d > due_on and actual is not None and actual < 1,
        }
    return result | {"weight": Fraction(str(data["weight"])), "dropped": data["dropped"]}


def sums(milestones, terms="now"):
    total = sum(m["weight"] for m in milestones)
    if not milestones:
        return None, None, None
    planned = sum(m["weight"] * m[terms]["planned"] for m in milestones) / total
    if all(m[terms]["actual"] is None for m in milestones):
        return None, planned, None
    actual = sum(m["weight"] * min(m[terms]["actual"] or 0, Fraction(1)) for m in milestones) / total
    return actual, planned, planned - actual


def light(active, lag, actual, d, *, ends_on=None, goal=None):
    if not active:
        return "DROPPED"
    if all(m["now"]["reached_on"] for m in active):
        return "DONE"
    if all(m["now"]["actual"] is None for m in active):
        return "UNREPORTED"
    last_due = max(m["now"]["due_on"] for m in active)
    if lag > Fraction(3, 10) or d > last_due or (ends_on and d > ends_on):
        return "BEHIND" if goal == "ADVANCE" and actual > 0 and ends_on and d > ends_on else "FAR_BEHIND"
    if lag >= Fraction(1, 10) or any(m["now"]["overdue"] for m in active):
        return "BEHIND"
    return "AHEAD" if lag <= Fraction(-1, 10) else "ON_PACE"


def outcome(active, actual, d, *, ends_on, goal):
    if not active:
        return "DROPPED"
    if all(m["now"]["reached_on"] for m in active):
        return "KEPT"
    if d <= ends_on:
        return "OPEN"
    if any(m["now"]["actual"] is None for m in active):
        return "UNKNOWN"
    return "ADVANCED" if goal == "ADVANCE" and actual and actual > 0 else "MISSED"


def project(data):
    d = day(data["as_of"])
    milestones = {m["id"]: milestone(m, data["reports"], d) for m in data["milestones"]}
    active = [m for m in milestones.values() if not m["dropped"]]
    actual, planned, lag = sums(active)
    corrected = {r["corrects"] for r in data["reports"] if r["corrects"]}
    spending = [
        (r["held_on"], r["spent"]) for r in data["reports"] if r["id"] not in corrected and r["spent"] is not None
    ]
    return {
        "milestones": milestones,
        "actual": four_of_a_share(actual),
        "planned": four_of_a_share(planned),
        "lag": four(lag),
        "lag_promised": four(sums(list(milestones.values()), "promised")[2]),
        "light": light(active, lag, actual, d),
        "spent": max(spending)[1] if spending else None,
    }


def commitment(data, project_data, plan):
    d, ends_on = day(project_data["as_of"]), day(plan["ends_on"])
    found = project(project_data)["milestones"]
    milestones = [found[key] for key in data["milestones"]]
    active = [] if data["dropped"] else [m for m in milestones if not m["dropped"]]
    actual, planned, lag = sums(active)
    kept = bool(active) and all(m["now"]["reached_on"] for m in active)
    kept_on = max(m["now"]["reached_on"] for m in active) if kept else None
    changes = [c for m in project_data["milestones"] if m["id"] in data["milestones"] for c in m["adjustments"]]
    changes += project_data["adjustments"] + data["adjustments"]
    return {
        "actual": four_of_a_share(actual),
        "planned": four_of_a_share(planned),
        "lag": four(lag),
        "lag_promised": four(sums(milestones, "promised")[2]),
        "light": light(active, lag, actual, d, ends_on=ends_on, goal=data["goal"]),
        "outcome": outcome(active, actual, d, ends_on=ends_on, goal=data["goal"]),
        "kept_on": kept_on.isoformat() if kept_on else None,
        "is_late": kept and (kept_on > ends_on or any(m["now"]["late"] for m in active)),
        "is_adjusted": any({"due_on", "target", "dropped", "goal"} & c["changes"].keys() for c in changes),
        "unreported": [
            k
            for k in data["milestones"]
            if not found[k]["dropped"] and not data["dropped"] and found[k]["now"]["actual"] is None
        ],
    }


def indicator(data):
    corrected = {r["corrects"] for r in data["readings"] if r["corrects"]}
    values = sorted((r["held_on"], r["value"]) for r in data["readings"] if r["id"] not in corrected)
    if not values:
        return {"value": None, "measured_on": None, "state": "NO_DATA"}
    held_on, value = values[-1]
    met = {"≥": value >= data["target"], "≤": value <= data["target"], "=": value == data["target"]}
    return {"value": value, "measured_on": held_on, "state": "MET" if met[data["comparator"]] else "NOT_MET"}
