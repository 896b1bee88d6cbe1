"""The pages of the public record, and its files."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django import forms
from django.core.exceptions import BadRequest
from django.db.models import Q
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from common.as_of import asked_day, day_of, day_query
from common.cache_policy import cached_by, valid_day, valid_page, valid_word
from common.form_fields import WholeNumberField
from common.lru_cache import LRUCache
from common.media.renditions import picture_name
from common.media.uploads import public_file
from common.model_fields import column_of
from common.paging import ROWS_PER_PAGE, numbered_page
from common.qr_codes import qr_response
from common.site_address import whole_address
from ledger import chain
from ledger.models import Entry, EntryKind
from projects.models import (
    Appointment,
    Department,
    EvidencedFact,
    Fact,
    Milestone,
    Project,
    PromiseChange,
    Source,
    SourceKind,
)
from projects.publishing import change_models, evidence_models, fact_of
from projects.words import appointment_text, department_names

MOST_WHOLE = 50_000  # bytes up to which an entry's page shows all of it; the entry of a plan may be much larger
DOCUMENT_DIGESTS = ("number", "url", "file")  # of the document of an adjustment, salted as its title is
SHOWN_OF_LONG = 8_000  # characters of a longer one


class EntryFilter(forms.Form):
    kind = forms.ChoiceField(label="种类", required=False, choices=[("", "全部"), *EntryKind.choices])
    project = forms.ModelChoiceField(
        Project.objects.published().order_by("title"),
        label="项目",
        required=False,
        to_field_name="slug",
        empty_label="全部",
    )
    page = WholeNumberField(required=False, min_value=1, max_value=100_000, widget=forms.HiddenInput)

    def __init__(self, data, *, as_of: date | None):
        super().__init__(data)
        if as_of:
            project = self.fields["project"]
            project.queryset = Project.objects.as_of(as_of).order_by("title")  # type: ignore[attr-defined]

    def chosen(self, entries):
        if self.cleaned_data["kind"]:
            entries = entries.filter(kind=self.cleaned_data["kind"])
        project = self.cleaned_data["project"]
        if project:
            entries = entries.filter(Q(subject=project.address) | Q(subject__startswith=f"milestone:{project.slug}/"))
        return entries


@cached_by(as_of=valid_day, kind=valid_word, project=valid_word, page=valid_page)
def ledger(request: HttpRequest) -> HttpResponse:
    """The entries, newest first, up to the day asked for."""
    entries = Entry.objects.order_by("-seq")
    head = chain.head()
    first = Entry.objects.order_by("seq").first()
    if asked_day(request) and first:
        day = day_of(request, first=first.published_on, default=first.published_on)
        entries = entries.as_of(day)
        head = entries.first()
    form = EntryFilter(request.GET, as_of=asked_day(request))
    if not form.is_valid():
        raise BadRequest(f"没有这样的筛选：{'；'.join(str(m) for ms in form.errors.values() for m in ms)}")
    page = numbered_page(form.chosen(entries), ROWS_PER_PAGE, form.cleaned_data["page"])
    return render(
        request,
        "ledger/list.html",
        {
            "form": form,
            "page": page,
            "entry": head,
            "names": names_of(page),
            "as_of": asked_day(request),
            "is_illustrative": any_illustrative(asked_day(request)),
            "day_query": day_query(request),
            "canonical": whole_address(request, request.path),
        },
    )


def names_of(entries: Iterable[Entry]) -> dict[str, str]:
    """The names of the subjects of these entries, by address."""
    addresses = {entry.subject.partition(":")[2] for entry in entries}
    slugs = {address.partition("/")[0] for address in addresses}
    projects = Project.objects.published().filter(slug__in=slugs)
    departments = Department.objects.published().filter(slug__in=slugs)
    milestones = Milestone.objects.published().filter(project__slug__in=slugs).select_related("project")
    names = {project.address: str(project) for project in projects}
    names |= {department.address: str(department) for department in departments}
    names |= {row.address: f"{row.project}：{row}" for row in milestones}
    return names | names_of_plans()


_names: LRUCache[dict[str, str]] = LRUCache(1)


def names_of_plans() -> dict[str, str]:
    """The names of the parts of all plans, by address; cached, since the entries that they are read from are large."""
    plans = Entry.objects.filter(kind__in=(EntryKind.PLAN, EntryKind.ADDITION)).order_by("seq")

    def read() -> dict[str, str]:
        return {address: name for plan in plans for address, name in plan_names(plan.payload).items()}

    return _names.get(tuple(plans.values_list("hash", flat=True)), read)


def plan_names(promised: dict) -> dict[str, str]:
    """The names of what a plan or an addition brings, by address, read from the payload of its entry."""
    year = promised.get("year") or promised["plan"]
    names = {f"plan:{year}": promised["title"]} if "year" in promised else {}
    names |= {f"indicator:{year}/{one['code']}": one["title"] for one in promised["indicators"]}
    names |= {f"series:{year}/{one['code']}": one["title"] for one in promised["series"]}
    names |= {f"group:{year}/{one['code']}": one["title"] for one in promised["groups"]}
    titles = {one["slug"]: one["title"] for one in promised["projects"]}
    parts = {one["id"]: one["title"] for one in promised["milestones"]}
    for one in promised["commitments"]:
        names[f"commitment:{year}/{one['series']}-{one['number']}"] = titles.get(one["project"], one["project"])
    for one in promised["targets"]:
        code = one["milestone"].partition("/")[2]
        names[f"target:{year}/{one['commitment']}/{code}"] = parts.get(one["milestone"], code)
    names |= {f"task:{year}/{one['group']}-{one['number']}": one["title"] for one in promised["tasks"]}
    return names | {f"measure:{year}/{one['task']}/{one['number']}": one["title"] for one in promised["measures"]}


def any_illustrative(as_of: date | None) -> bool:
    """Whether any public fact is illustrative: a source is public as soon as one fact that cites it is."""
    sources = Source.objects.as_of(as_of) if as_of else Source.objects.published()
    return sources.filter(kind=SourceKind.ILLUSTRATIVE).exists()


@dataclass(frozen=True)
class Text:
    """A free text or a file as published, with its salt and digest, so that anybody can recompute it."""

    label: str
    content: str | FieldFile
    salt: str
    digest: str


def texts_of(fact: Fact | None, entry: Entry) -> list[Text]:
    if fact is None:
        return []
    recorded = [(name, name, digest) for name, digest in entry.payload.get("texts", {}).items()]
    if isinstance(fact, PromiseChange):
        told = entry.payload.get("document", {})
        recorded += [(f"document_{name}", "document", told[name]) for name in DOCUMENT_DIGESTS if name in told]
    return [
        Text(str(column_of(fact, name).verbose_name), getattr(fact, name), fact.salts.get(salt, ""), digest)
        for name, salt, digest in recorded
    ]


def _offices(payload: dict) -> set[str]:
    """The slugs of the departments named by the acts of a payload."""
    acts = [*payload.get("acts", ()), *(one["appointed_by"] or {} for one in payload.get("reviewers", ()))]
    return {act["department"] for act in acts if act.get("department")}


@cached_by()
def entry(request: HttpRequest, seq: int) -> HttpResponse:
    found = get_object_or_404(Entry, seq=seq)
    fact, hashed = fact_of(found), chain.hashed_bytes(found)
    is_whole = len(hashed) <= MOST_WHOLE
    most = None if is_whole else SHOWN_OF_LONG
    return render(
        request,
        "ledger/entry.html",
        {
            "entry": found,
            "fact": fact,
            "names": names_of([found]),
            "sentences": appointment_text(fact) if isinstance(fact, Appointment) else (),
            "texts": texts_of(fact, found),
            "evidence": fact.evidence.all() if isinstance(fact, EvidencedFact) else [],
            "act_names": department_names(_offices(found.payload)),
            "redactions": found.redactions.published().filter(is_standing=True),
            "payload_text": chain.readable(found.payload, most),
            "hashed_text": hashed.decode()[:most],
            "is_whole": is_whole,
            "previous": Entry.objects.filter(seq=seq - 1).first(),
            "next": Entry.objects.filter(seq=seq + 1).first(),
            "is_illustrative": fact is not None and fact.is_illustrative,
            "canonical": whole_address(request, request.path),
        },
    )


@cached_by()
def voucher_qr(request: HttpRequest, seq: int) -> HttpResponse:
    """The QR code of the page that checks the voucher of the entry."""
    entry = get_object_or_404(Entry.objects.defer("payload"), seq=seq)
    return qr_response(f"{whole_address(request, reverse('about'))}?noted={entry.voucher}#check")


@cached_by()
def verification_script(request: HttpRequest) -> HttpResponse:
    """The program with which anybody can verify the record, with this portal's address filled in."""
    response = render(request, "verify.py.txt", content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="verify.py"'
    return response


@cached_by()
def evidence_file(request: HttpRequest, name: str) -> HttpResponseBase:
    """A file of a public fact, or a rendition of one; 404 for everything else."""
    path = f"evidence/{name}"
    names = [path, picture_name(path)]
    is_evidence = any(model.objects.published().filter(file__in=names).exists() for model in evidence_models())
    if not is_evidence and not any(
        change.objects.published().filter(document_file=path).exists() for change in change_models()
    ):
        raise Http404
    return public_file(request, path)
