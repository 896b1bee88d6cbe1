"""A small city seen from the admin: two departments, a project of each, one person in every role."""

import re
from dataclasses import dataclass
from functools import cached_property, partial
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.test import Client
from django.urls import reverse
from PIL import Image

from desk.admin.publication import SEEN
from desk.admin.versions import DECIDED_ON, EDITED_FROM
from huozhou_portal import urls
from projects.models import Department, Milestone, Project, Report
from tasks.models import Indicator, Plan, Target
from tests.factories import (
    a_department,
    a_milestone,
    a_plan,
    a_project,
    a_report,
    a_reviewer,
    an_administrator,
    an_editor,
    an_indicator,
    an_official,
    published,
)
from tests.loaded_cities import keep

NO_EVIDENCE = {
    "evidence-TOTAL_FORMS": "0",
    "evidence-INITIAL_FORMS": "0",
    "evidence-MIN_NUM_FORMS": "0",
    "evidence-MAX_NUM_FORMS": "1000",
}
NO_PICTURES = {name.replace("evidence", "images"): value for name, value in NO_EVIDENCE.items()}
LINK = {
    **NO_EVIDENCE,
    "evidence-TOTAL_FORMS": "1",
    "evidence-0-title": "Live pictures",
    "evidence-0-url": "https://example.org/live",
}


@dataclass
class City:
    """Works lead the bridge (40 % in April), parks lead the pool; both are promised by the plan of 2020."""

    works: Department
    parks: Department
    bridge: Project
    pool: Project
    plan: Plan
    indicator: Indicator

    @cached_property
    def built(self) -> Milestone:
        return self.bridge.milestones.get(code="built")

    @cached_property
    def to_build(self) -> Target:
        """What the plan promised of `built`."""
        return self.built.targets.get()

    @cached_property
    def to_open(self) -> Target:
        return self.opened.targets.get()

    @cached_property
    def to_fill(self) -> Target:
        return self.filled.targets.get()

    @cached_property
    def opened(self) -> Milestone:
        return self.bridge.milestones.get(code="opened")

    @cached_property
    def filled(self) -> Milestone:
        return self.pool.milestones.get(code="filled")

    @cached_property
    def official(self) -> User:
        return found("official") or an_official(self.works)

    @cached_property
    def other_official(self) -> User:
        return found("other-official") or an_official(self.parks, name="other-official")

    @cached_property
    def reviewer(self) -> User:
        return found("reviewer") or a_reviewer()

    @cached_property
    def second_reviewer(self) -> User:
        return found("second-reviewer") or a_reviewer("second-reviewer")

    @cached_property
    def administrator(self) -> User:
        return found("admin") or an_administrator()

    @cached_property
    def editor(self) -> User:
        return found("editor") or an_editor()

    @property
    def people(self) -> list[User]:
        return [
            self.official,
            self.other_official,
            self.reviewer,
            self.second_reviewer,
            self.administrator,
            self.editor,
        ]


def found(name: str) -> User | None:
    """The person of that name, who is there already where a city was kept with its people."""
    return User.objects.filter(username=name).first()


def a_city() -> City:
    """The city in a database that holds nothing of the public record yet."""
    keep("city", build_city)
    return city_there()


def city_there() -> City:
    """The city that the database holds, whatever else does."""
    works, parks = (Department.objects.get(slug=slug) for slug in ("works-office", "parks-office"))
    bridge, pool = (Project.objects.get(slug=slug) for slug in ("bridge", "pool"))
    return City(works, parks, bridge, pool, Plan.objects.get(year=2020), Indicator.objects.get(plan__year=2020))


def build_city() -> None:
    works = published(a_department("works-office", name="Works office"))
    parks = published(a_department("parks-office", name="Parks office"))
    bridge = a_project("bridge", title="The bridge", lead=works, investment=48_000_000)
    a_milestone(bridge, "built", title="Built")
    a_milestone(bridge, "opened", title="Opened", unit="piece", is_counted=True)
    pool = a_project("pool", title="The pool", lead=parks)
    a_milestone(pool, "filled", title="Filled")
    plan = a_plan(bridge, pool, targets={"opened": {"amount": 1, "pace": "STEP"}})
    an_indicator(plan, title="Green share")
    published(plan)
    published(a_report(bridge, "2020-04-30", {"built": 40}, spent=9_000_000), on="2020-05-06")


def a_draft(project: Project, held_on: str, readings: dict | None = None, *, by: User, **fields) -> Report:
    """A report that its drafter has not submitted yet."""
    report = a_report(project, held_on, readings, by=by, **fields)
    Report.objects.filter(pk=report.pk).update(submitted_at=None)
    report.refresh_from_db()
    return report


class FormClient(Client):
    """Sends, as a browser does, which version of a row the page showed whose form it sends."""

    def post(self, path, data=None, *args, **kwargs):
        page = re.sub(r"/(publish|return|withdraw)/$", "/change/", path.partition("?")[0])
        if page.endswith(("/change/", "/delete/")) and not {EDITED_FROM, DECIDED_ON} & set(data or {}):
            data = {**version_on(self.get(page)), **(data or {})}
            if re.search(r"/(plan|addition)/\d+/publish/$", path):
                data[SEEN] = "on"  # after the page in between
        return super().post(path, data, *args, **kwargs)


def version_on(page) -> dict[str, str]:
    """What the page's form sends of the version of the row that it shows."""
    return dict(VERSION.findall(page.content.decode()))


VERSION = re.compile(f'name="({EDITED_FROM}|{DECIDED_ON})" value="([^"]*)"')


def signed_in(user: User, *, csrf: bool = False) -> Client:
    client = FormClient(enforce_csrf_checks=csrf)
    client.force_login(user)
    return client


def address(row: Model | type[Model], view: str = "change", query: str = "") -> str:
    """Of a page about the row, or about its model."""
    args = [] if isinstance(row, type) else [row.pk]
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_{view}"
    return f"{reverse(name, args=args)}{query}"


def draw_nothing(patch: pytest.MonkeyPatch) -> None:
    """Views answer as ever, but no page is drawn of what they answer, nor of a refusal."""
    patch.setattr(SimpleTemplateResponse, "rendered_content", "")
    for status in (403, 404):
        refuse = partial(_bare, status=status)
        patch.setattr(urls, f"handler{status}", refuse, raising=False)


def _bare(request: HttpRequest, exception: Exception, *, status: int) -> HttpResponse:
    return HttpResponse(status=status)


def report_data(city: City, **changed) -> dict:
    """What the browser sends of a good report about the bridge, without evidence."""
    return {
        "held_on": "2020-05-31",
        f"value_{city.built.pk}": "55",
        f"value_{city.opened.pk}": "",
        "text": "The piers stand.",
        "problem": "",
        "next_step": "",
        "spent": "1200万元",
        "over_investment_reason": "",
        **NO_EVIDENCE,
        **changed,
    }


def send(client: Client, response, *, follow: bool = False):
    """Go on as a person does who pressed 送审 on the form: to the summary, and press its own 送审."""
    page = response["Location"]
    return client.post(page, hidden(client.get(page)), follow=follow)


def hidden(page) -> dict[str, list[str]]:
    """What the form on a summary sends: which version it showed, and what of it was odd."""
    found = {}
    for name, value in HIDDEN.findall(page.content.decode()):
        found.setdefault(name, []).append(unescape(value))
    return found


HIDDEN = re.compile(f'<input type="hidden" name="({DECIDED_ON}|oddity)" value="([^"]*)"')


def file_row(upload, kind: str = "PHOTO") -> dict:
    """What the browser sends of one file, or of a list of them; nobody is in the photo."""
    consent = {"evidence-0-is_consented": "on"} if kind == "PHOTO" else {}
    return {**LINK, "evidence-0-url": "", "evidence-0-file": upload, **consent}


def article_data(**changed) -> dict:
    """What the browser sends of a good article without pictures, saved as a draft."""
    return {
        "title": "The bridge stands",
        "slug": "bridge-stands",
        "summary": "",
        "body": "It does.",
        "happened_on": "",
        "source": "",
        "cover_alt": "",
        "cover_credit": "",
        "published_at_0": "",
        "published_at_1": "",
        **NO_PICTURES,
        "_save": "",
        **changed,
    }


def told(response) -> list[str]:
    """The messages on the page."""
    return [str(message) for message in response.context["messages"]]


def errors_of(response) -> dict[str, list[str]]:
    return {name: list(texts) for name, texts in response.context["adminform"].form.errors.items()}


def a_picture(path, form: str = "JPEG", **options):
    """A file with a picture of 40 by 30 pixels."""
    Image.new("RGB", (40, 30), "teal").save(path, form, **options)
    return path


def _sent(value: object) -> str | list[str]:
    match value:
        case None | False:
            return ""
        case True:
            return "on"
        case list():
            return [str(getattr(one, "pk", one)) for one in value]
    return str(value)


def filled_in(page) -> dict:
    """What a browser would send back of the forms on the page, were nothing changed."""
    inlines = [inline.formset for inline in page.context["inline_admin_formsets"]]
    forms = [page.context["adminform"].form]
    forms += [form for formset in inlines for form in (formset.management_form, *formset.forms)]
    sent = {field.html_name: field.value() for form in forms for field in form}
    sent = {name: _sent(value) for name, value in sent.items()}
    return sent | {f"{name}_{n}": "" for name in sent if name == "published_at" for n in (0, 1)}


# Accounts and passwords

RIGHT, WRONG, OWN = "a-long-phrase-9", "another-phrase-8", "only-mine-phrase-7"
SIGN_IN = "/admin/login/"
NO_MEMBERSHIP = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}


def with_password(user: User, password: str = RIGHT) -> User:
    user.set_password(password)
    user.save()
    return user


def sign_in(name: str, password: str, client: Client | None = None, **where):
    where = {"REMOTE_ADDR": "192.0.2.1", **where}
    return (client or Client()).post(SIGN_IN, {"username": name, "password": password}, **where)


def guess(n: int, name: str = "reviewer", **where) -> list[int]:
    return [sign_in(name, WRONG, **where).status_code for _ in range(n)]


def save_person(client: Client, person: User, **changed):
    """What the page of a person sends; None leaves a field out."""
    sent = {"username": person.username, "first_name": "", "is_active": "on", **NO_MEMBERSHIP}
    sent |= {"groups": [group.pk for group in person.groups.all()]}
    sent = {name: value for name, value in (sent | changed).items() if value is not None}
    return client.post(address(person), sent)


def reset(client: Client, person: User, password: str = OWN, **changed):
    sent = {"password1": password, "password2": password, "usable_password": "true", **changed}
    return client.post(address(person).replace("change/", "password/"), sent)


def choose(client: Client, old: str, new: str):
    return client.post(
        "/admin/password_change/", {"old_password": old, "new_password1": new, "new_password2": new}, follow=True
    )
