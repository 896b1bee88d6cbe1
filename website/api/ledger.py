from django import forms
from django.http import HttpRequest, JsonResponse

from common.as_of import DayError, asked_day, day_of
from common.cache_policy import cached_by, endless, valid_day
from common.json_answers import answer, refuse
from ledger import chain
from ledger.models import Entry

MOST = 1000


class Window(forms.Form):
    after = forms.IntegerField(required=False, min_value=0, max_value=10**18, widget=forms.HiddenInput)
    limit = forms.IntegerField(required=False, min_value=1, max_value=MOST, widget=forms.HiddenInput)


@cached_by(as_of=valid_day, after=endless, limit=endless)
def entries(request: HttpRequest) -> JsonResponse:
    """The entries with a number above `after`, up to `limit` (by default 100, at most 1000).

    `last` is the last entry of the ledger, or with `as_of` the last one of that day.
    """
    window = Window(request.GET)
    if not window.is_valid():
        return refuse("after 要大于等于 0，limit 要在 1 到 1000 之间。")
    public = Entry.objects.all()
    first = public.order_by("seq").first()
    try:
        if asked_day(request) and first:
            public = public.as_of(day_of(request, first=first.published_on, default=first.published_on))
    except DayError as error:
        return refuse(str(error))
    last = public.order_by("-seq").first()
    chosen = public.filter(seq__gt=window.cleaned_data["after"] or 0).order_by("seq")
    return answer(
        {
            "entries": [as_json(entry) for entry in chosen[: window.cleaned_data["limit"] or 100]],
            "last": last and {"seq": last.seq, "hash": last.hash},
        }
    )


def as_json(entry: Entry) -> dict:
    return {
        "seq": entry.seq,
        "at": chain.moment_text(entry.at),
        "kind": entry.kind,
        "subject": entry.subject,
        "payload": entry.payload,
        "previous": entry.previous,
        "hash": entry.hash,
    }
