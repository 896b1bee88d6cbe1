"""The pictures that stand where a page is shared: what the page says, drawn."""

from collections.abc import Callable, Hashable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static

from accounts.publisher import publisher
from common.as_of import asked_day, day_of
from common.cache_policy import cached_by, valid_day
from common.marks import TRIAL_WORDS
from projects.snapshots import ledger_version_on
from tasks.models import Plan
from tasks.snapshots import PlanSnapshot
from website.cards.contents import CardContents, plan_contents, promise_contents
from website.cards.days import card_day_of
from website.cards.fonts import MissingGlyph
from website.cards.kept import card_of, kept_card
from website.context_processors import illustration
from website.pages.plans import published_plan, requested_snapshot


@cached_by(as_of=valid_day)
def plan_card(request: HttpRequest, year: int) -> HttpResponse:
    plan = published_plan(year)
    snapshot = _snapshot_of(request, plan)
    return _to_card_day(request, plan) if snapshot is None else _answer(_plan_card(snapshot))


@cached_by(as_of=valid_day)
def promise_card(request: HttpRequest, year: int, series: str, number: int) -> HttpResponse:
    """The card of a promise; that of its plan where it can't be drawn, or not soon."""
    plan = published_plan(year)
    snapshot = _snapshot_of(request, plan)
    if snapshot is None:
        return _to_card_day(request, plan)
    promises = {(one.series.code, one.number): one for one in snapshot.commitments}
    commitment = promises.get((series, number))
    if commitment is None:
        raise Http404

    def compose() -> CardContents:
        return promise_contents(snapshot, commitment, site=publisher().site_name, mark=illustration(), trial=_trial())

    try:
        own = _card(_key(snapshot, commitment.row.address), compose)
    except MissingGlyph:
        return _answer(_plan_card(snapshot))
    return _answer(own) if own else _stand_in(_plan_card(snapshot))


def _snapshot_of(request: HttpRequest, plan: Plan) -> PlanSnapshot | None:
    """The plan on the day in the address, on the newest one without; None for a day of which there is no card."""
    asked = asked_day(request)
    if asked is None:
        return requested_snapshot(request, plan)
    day = day_of(request, first=plan.published_on, default=plan.published_on)  # type: ignore[arg-type]  # public
    return requested_snapshot(request, plan) if day == card_day_of(plan, day) else None


def _to_card_day(request: HttpRequest, plan: Plan) -> HttpResponse:
    """To the last end of a month before the day in the address."""
    day = card_day_of(plan, asked_day(request))  # type: ignore[arg-type]  # only asked for where there is one
    return HttpResponseRedirect(f"{request.path}?as_of={day}")


def _plan_card(snapshot: PlanSnapshot) -> bytes | None:
    def compose() -> CardContents:
        return plan_contents(snapshot, site=publisher().site_name, mark=illustration(), trial=_trial())

    try:
        return _card(_key(snapshot, snapshot.row.address), compose)
    except MissingGlyph:
        return None


def _trial() -> str:
    return TRIAL_WORDS if settings.TRIAL else ""


def _key(snapshot: PlanSnapshot, address: str) -> Hashable:
    return address, snapshot.as_of, ledger_version_on(snapshot.as_of), publisher().site_name, settings.TRIAL


def _card(key: Hashable, compose: Callable[[], CardContents]) -> bytes | None:
    return kept_card(key) or card_of(key, compose())


def _answer(card: bytes | None) -> HttpResponse:
    return HttpResponse(card, content_type="image/png") if card else _stand_in(None)


def _stand_in(card: bytes | None) -> HttpResponse:
    """Another picture in its place, which nobody shall keep; the portal's own where there is none."""
    headers = {"Cache-Control": "no-store"}
    if card is None:
        return HttpResponseRedirect(static("img/share.png"), headers=headers)
    return HttpResponse(card, content_type="image/png", headers=headers)
