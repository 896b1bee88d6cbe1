"""Whatever people write stays text: in pages, feeds, the calendar, answers and the admin."""

import json
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import models

from accounts.models import SiteSettings
from ledger.guard import Guarded
from news.models import Article, ArticleImage, ArticleVersion
from projects.models import Adjustment, Department, Project, Redaction, Report
from tasks.models import PlanAdjustment
from tests.factories import (
    a_check,
    a_correction,
    a_department,
    a_measure,
    a_plan,
    a_project,
    a_redaction,
    a_report,
    a_reviewer,
    a_task,
    a_task_report,
    a_vote,
    an_addition,
    an_adjustment,
    an_article_image,
    an_evidence,
    an_indicator,
    an_indicator_reading,
    an_outline,
    moment,
    published,
)
from tests.filled_rows import fill, kinds, text_fields
from tests.public_routes import routes
from tests.small_city import a_picture, address, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

# What is written, the longest that a field has room for. None of it may become a part of the page.
MARKUP = (
    """</script></style></textarea>' zz=1 " zz=2 ><zz zz='3'>&amp;{{ 7|add:7 }}""",
    """'zz=1 "zz=2><zz>""",
    '"><zz>',
    "<zz>",
)
DAYS = ["", "2020-03-05", "2020-12-31"]


def markup_for(field: models.Field) -> str | None:
    if isinstance(field, models.SlugField) or field.name in ("code", "salt", "file", "cover"):
        return None
    room = field.max_length or len(MARKUP[0])
    text = next(text for text in MARKUP if len(text) <= room)
    return f"https://example.org/{text.replace(' ', '%20')}" if isinstance(field, models.URLField) else text


def written(row, on: str):
    """The row, public since that day, markup in each of its texts and in those of its drafted parts."""
    for model in kinds():
        for draft in model.objects.drafts() if issubclass(model, Guarded) else ():
            fill(draft, markup_for)
    row.refresh_from_db()
    return published(row, on=on)


@pytest.fixture
def city(tmp_path):
    """One public row of every kind, and drafts behind them, on a site that says of itself nothing else."""
    SiteSettings.objects.create(**{field.name: markup_for(field) for field in text_fields(SiteSettings)})
    works = written(a_department("works"), "2020-03-01")
    parks = written_apart(a_department("parks"))
    road = a_project("road", milestones=["paved", "lit"], lead=works, partners=[parks])
    hall = a_project("hall", milestones=["whole"])
    plan = a_plan(road, hall)
    indicator = an_indicator(plan, baseline=30)
    an_outline(plan, "one", "two")
    written(plan, "2020-03-05")
    report = a_report(road, "2020-04-30", {"paved": 40}, problem="x", next_step="x")
    an_evidence(report, content=b"%PDF-1")
    an_evidence(report, kind="LINK", url="https://example.org/")
    an_evidence(report, kind="PHOTO").file.save("a.jpg", ContentFile(a_picture(tmp_path / "a.jpg").read_bytes()))
    written(report, "2020-05-05")
    written(a_report(road, "2020-05-31", {"paved": 50}), "2020-06-05")
    written(a_correction(report, {"paved": 30}), "2020-06-06")
    for row in (road, indicator):
        row.refresh_from_db()
    milestone, text, short = road.milestones.first(), f"New {MARKUP[0]}", f"New {MARKUP[1]}"
    changed = [
        an_adjustment(milestone, title=text),
        an_adjustment(plan.groups.get().tasks.get().measures.get(), title=text, wording=text, post=short),
        an_adjustment(milestone.targets.get(), due_on="2021-03-31"),
        an_adjustment(road, title=text, short_title=short, place=text),
        an_adjustment(works, name=text, phone=short),
        an_adjustment(plan, title=text, short_title=short, guideline=text),
        an_adjustment(indicator, title=text),
        *(
            an_adjustment(row, title=text)
            for row in (plan.groups.get(), plan.groups.get().tasks.get(), plan.series.get())
        ),
    ]
    for adjustment in changed:
        written(adjustment, "2020-06-10")
    written(an_indicator_reading(indicator, "2020-05-31", 31), "2020-06-12")
    added_and_looked_at(plan, hall)
    written(a_redaction(report, "problem"), "2020-06-13")
    articles_about(road, plan, tmp_path)
    draft = a_report(road, "2020-07-31", {"paved": 60})
    an_evidence(draft, content=b"%PDF-1")
    draft.review_notes.create(text=MARKUP[0], by=a_reviewer("x" + MARKUP[1]))
    fill(draft, markup_for)
    return plan


def added_and_looked_at(plan, hall):
    """An addition, a report of a task, a check of what was built, and what deputies said of it."""
    addition = an_addition(plan)
    a_measure(a_task(plan, 2, addition=addition), addition=addition)
    written(addition, "2020-06-12")
    told = a_task_report(plan.groups.get().tasks.first(), "2020-05-31", problem="x", next_step="x")
    an_evidence(told, content=b"%PDF-1")
    written(told, "2020-06-12")
    written(a_report(hall, "2020-05-31", {"whole": 100}, evidence="x"), "2020-06-12")
    written(a_check(hall.commitments.get(), "2020-06-01"), "2020-06-12")
    written(a_vote(hall.commitments.get(), "2020-06-01"), "2020-06-12")


def articles_about(road, plan, folder):
    """A published one with a picture and an older version, and one that was withdrawn."""
    article = Article.objects.create(
        slug="open-day", title="x", body="x", summary="x", correction_note="x", cover_alt="x", cover_credit="x"
    )
    article.cover.save("b.jpg", ContentFile(a_picture(folder / "b.jpg").read_bytes()))
    fill(article, markup_for)
    Article.objects.filter(pk=article.pk).update(is_published=True, published_at=moment("2020-06-01"))
    an_article_image(article, caption="x")
    ArticleVersion.objects.create(
        article=article, title="x", summary="x", body="x", pictures="x", note="x",
        replaced_at=moment("2020-06-02"), by=User.objects.create_user("corrector"),
    )  # fmt: skip
    for model in (ArticleImage, ArticleVersion):
        fill(model.objects.get(), markup_for)
    gone = {"published_at": moment("2020-06-01"), "withdrawn_at": moment("2020-06-02"), "withdrawal_reason": MARKUP[0]}
    Article.objects.create(slug="gone", title=MARKUP[0], body=MARKUP[0], is_published=True, **gone)
    article.projects.add(road)
    article.tasks.set(plan.groups.get().tasks.all())


def written_apart(department):
    """Two departments can't have one name."""
    return published(department, on="2020-03-02")


class Parts(HTMLParser):
    """What of the markup became a part of a page."""

    def __init__(self, text: str):
        super().__init__()
        self.found: list[str] = []
        self.data: list[str] = []
        self.is_data = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found += [tag for name in (tag, *(name for name, _value in attrs)) if name.startswith("zz")]
        self.is_data = tag == "script" and dict(attrs).get("type", "").endswith("json")

    def handle_data(self, data):
        if self.is_data:
            self.data.append(data)
        self.is_data = False


def refuse_markup(response, asked: str) -> None:
    content_type = response.get("Content-Type", "")
    content = response.getvalue() if response.streaming else response.content
    if "html" in content_type:
        page = Parts(content.decode())
        assert not page.found, asked
        for data in page.data:
            json.loads(data)
    elif "xml" in content_type and "openxml" not in content_type:
        parts = list(ElementTree.fromstring(content).iter())  # noqa: S314  written by ourselves
        assert not [part for part in parts if "zz" in part.tag or part.get("zz")], asked
    elif "calendar" in content_type:
        assert all(line[:1] in b" ABCDEFGHIJKLMNOPQRSTUVWXYZ" for line in content.split(b"\r\n")), asked


@pytest.mark.parametrize("day", DAYS)
def test_public_addresses_keep_it_text(client, city, day):
    n = 0
    for route in routes():
        for asked in route.addresses():
            response = client.get(asked, {"as_of": day} if day else {})
            refuse_markup(response, asked)
            n += b"&lt;zz" in (b"" if response.streaming else response.content)
    assert n > 10
    refuse_markup(client.get("/news/gone/"), "gone")


def test_the_styleguide_and_the_admin_keep_it_text(city):
    client = signed_in(User.objects.create_superuser("root" + MARKUP[1], is_staff=True))
    asked = ["/styleguide/", "/admin/"]
    for model in admin.site._registry:
        asked += [address(model, "changelist"), *(address(row) for row in model.objects.all())]
        asked += [address(row, "history") for row in model.objects.all()]
    asked += [address(Article.objects.get(slug="open-day"), view) for view in ("versions", "withdraw")]
    road, report = Project.objects.get(slug="road"), Report.objects.published().order_by("-held_on").first()
    asked += [address(Report, "add", query) for query in ("", f"?project={road.pk}", f"?corrects={report.pk}")]
    for promise in (road, *road.milestones.all(), Department.objects.first()):
        asked.append(address(Adjustment, "add", f"?promise={promise._meta.model_name}:{promise.pk}"))
    asked += [address(PlanAdjustment, "add", f"?promise=plan:{city.pk}"), address(Adjustment, "add")]
    asked.append(address(Redaction, "add", f"?entry={report.entry_id}"))
    for page in asked:
        response = client.get(page, follow=True)  # of the site's own lines there is no list
        assert response.status_code == 200, page
        refuse_markup(response, page)
