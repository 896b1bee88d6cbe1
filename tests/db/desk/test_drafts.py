"""What isn't public shows nowhere: whatever is hidden says words of its own, and every public address is asked on several days."""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile, is_zipfile

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.utils import timezone

from accounts.audit_log import record
from accounts.models import AuditAction, GivenPassword
from common.media.renditions import rendition_names
from ledger.guard import Guarded
from news.models import Article, ArticleVersion
from projects.models import Department, Evidence, Project, ReviewNote, Source
from projects.publishing import change_models, evidence_models
from tasks.models import Aliases, Channel, Measure, MissedSearch, Plan, Reminder, Series, SpelledName, Task, TaskGroup
from tests.factories import (
    a_check,
    a_commitment,
    a_correction,
    a_department,
    a_measure,
    a_milestone,
    a_plan,
    a_project,
    a_redaction,
    a_report,
    a_source,
    a_task,
    a_task_report,
    a_vote,
    an_addition,
    an_adjustment,
    an_article_image,
    an_evidence,
    an_indicator,
    an_indicator_reading,
    an_issued_paper,
    an_outline,
    moment,
    published,
    with_paper,
)
from tests.filled_rows import fill, kinds, text_fields
from tests.loaded_cities import keep
from tests.public_routes import routes
from tests.small_city import City, a_city, a_draft, a_picture, city_there

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

SECRET, OTHER = "hush", "hash"  # of one length, so that pages that say one of them differ in nothing else
GONE = {"withdrawn_at": moment("2020-06-02"), "withdrawal_reason": "It was another day."}
TOLD = {
    "news.Article.withdrawal_reason",
    "news.ArticleVersion.note",
}  # of what went and of what was corrected: readers are told why
ASKED = [
    {},
    *({"as_of": day} for day in ("2020-03-05", "2020-05-31", "2020-06-05", "2021-01-01", "2021-06-30")),
    {"from": "2020-03-05", "to": "2021-06-30"},
    {"ended": "2020-06-05", "page": "1", "per_page": "100"},
]
UNIQUE = re.compile(rf"{SECRET}[\w-]*|77777777|1951-07-17", re.IGNORECASE)
REDACTED = ("problem", "evidence/2", "evidence/3", "evidence/4")


def what_is_public(city: City, folder: Path) -> None:
    """One of each, so that every part of every page has something to show, and what is hidden beside it and in it."""
    report = city.bridge.reports.get()
    published(a_correction(report, {"built": 30}, internal_note=f"{SECRET}-note-of-the-correction"), on="2020-05-10")
    hidden = {"problem": f"{SECRET}-problem-redacted", "internal_note": f"{SECRET}-note-of-the-report"}
    shown = a_report(city.pool, "2020-05-31", {"filled": 10}, next_step="Pumps.", **hidden)
    shown.review_notes.create(text=f"{SECRET}-note-of-its-return", by=city.reviewer)
    an_evidence(shown, content=b"%PDF-1")
    an_evidence(shown, title=f"{SECRET}-title-redacted", url=f"https://{SECRET}-redacted.example", kind="LINK")
    an_evidence(shown, title=f"{SECRET}-file-redacted").file.save(f"{SECRET}-redacted.pdf", ContentFile(b"%PDF-1 hush"))
    an_evidence(shown, title=f"{SECRET}-photo-redacted", kind="PHOTO").file.save(
        f"{SECRET}-redacted.jpg", a_photo(folder)
    )
    published(shown, on="2020-06-05")
    published(an_adjustment(city.to_fill, amount="120"), on="2020-06-06")
    published(an_adjustment(city.pool, place="West"), on="2020-06-06")
    published(an_adjustment(city.indicator, target="40"), on="2020-06-07")
    published(an_indicator_reading(city.indicator, "2020-05-31", 30), on="2020-06-08")
    for field in REDACTED:
        published(a_redaction(shown, field), on="2020-06-09")
    article = an_article("open-day", is_published=True, published_at=moment("2020-06-01"))
    article.projects.set(Project.objects.all())
    article.tasks.set(Task.objects.all())


def a_photo(folder: Path) -> ContentFile:
    return ContentFile(a_picture(folder / "photo.jpg").read_bytes())


def an_article(slug: str, photo: ContentFile | None = None, **fields) -> Article:
    article = Article.objects.create(
        slug=slug, **dict.fromkeys(("title", "body", "cover_alt", "cover_credit", "attachment_title"), slug), **fields
    )
    article.cover.save(f"{slug}.jpg", photo or ContentFile(slug.encode()))
    article.attachment.save(f"{slug}.pdf", ContentFile(slug.encode()))
    return article


def what_is_not(city: City, folder: Path) -> None:
    """Drafts of every kind, of their own and hanging on what is public, and what the desk keeps of people."""
    source, works = a_source(f"{SECRET}-source"), a_department(f"{SECRET}-office", drafted_by=city.official)
    hall = a_project(f"{SECRET}-hall", lead=works, partners=[city.works], milestones=["built"])
    a_milestone(city.bridge, f"{SECRET}-lit")
    plan = a_plan(hall, city.pool, year=2021, source=source, drafted_by=city.administrator)
    lit = city.bridge.milestones.get(code=f"{SECRET}-lit")
    a_commitment(plan, city.bridge, city.built, lit)
    a_measure(a_task(plan, number=2), city.bridge)
    indicator = an_indicator(plan)
    an_outline(plan, "one", "two")
    public = city.bridge.reports.get(corrected_by__isnull=True)
    reports = [
        a_draft(city.bridge, "2020-06-30", {"built": 55}, by=city.official),
        a_report(city.pool, "2020-07-31", {"filled": 66}, by=city.other_official, spent=77_777_777),
        a_correction(public, {"built": 31}, by=city.official),
        a_report(hall, "2021-01-01", {"built": 5}, by=city.official, source=source),
    ]
    for report in reports:
        an_evidence(report).file.save(f"{SECRET}-{report.pk}.pdf", ContentFile(b"%PDF-1 hush"))
        an_evidence(report, kind="PHOTO").file.save(f"{SECRET}-{report.pk}.jpg", a_photo(folder))
        ReviewNote.objects.create(report=report, text="Why?", by=city.reviewer)
    for promise in (city.bridge, city.built, city.works, city.plan, city.indicator, *parts_of(city.plan)):
        change = an_adjustment(promise, by=city.administrator, **{"name" if promise == city.works else "title": SECRET})
        change.review_notes.create(text=f"{SECRET}-note-of-its-return", by=city.reviewer)
    with_paper(
        an_adjustment(city.bridge, by=city.administrator, place=SECRET), b"%PDF-1 hush", f"{SECRET}-decision.pdf"
    )
    an_adjustment(
        city.plan.series.get(code="pledges").commitments.get(project=city.pool), by=city.official, dropped=True
    )
    reading = city.indicator.readings.get()
    an_indicator_reading(city.indicator, "2020-07-31", 31, by=city.reviewer)
    an_indicator_reading(city.indicator, "2020-05-31", 31, by=city.reviewer, corrects=reading)
    an_indicator_reading(indicator, "2021-01-01", 31, by=city.reviewer)
    what_is_not_counted(city)
    a_redaction(public, "text", by=city.reviewer)
    article = articles_unread(city, folder, source)
    Article.objects.get(slug="open-day").projects.add(hall)
    words_for_finding(hall)
    notes_about_people(city, article)
    an_issued_paper(city.plan, "2020-05-31", "2020-06-10", by=city.reviewer)


def words_for_finding(hall: Project) -> None:
    """How people call what isn't public, how its name is spelled, and what was looked for in vain."""
    Aliases.objects.create(project=hall, words=SECRET)
    SpelledName.objects.create(text=SECRET, syllables=SECRET)
    MissedSearch.objects.create(word=SECRET, last_on="1951-07-17")


def what_is_not_counted(city: City) -> None:
    """Of an addition, of a report of a measure, of a check and of a vote, drafts as well."""
    addition = an_addition(city.plan, drafted_by=city.administrator)
    school = a_project(f"{SECRET}-school", milestones=["built"])
    a_commitment(city.plan, school, school.milestones.get(), series="june", addition=addition)
    measure = Measure.objects.published().first()
    report = a_task_report(measure, "2020-06-30", by=city.official, evidence="Approval")
    report.review_notes.create(text=f"{SECRET}-note-of-its-return", by=city.reviewer)
    public = city.plan.series.get(code="pledges").commitments.get(project=city.bridge)
    an_evidence(a_check(public, "2020-06-30", by=city.reviewer)).file.save(
        f"{SECRET}-check.pdf", ContentFile(b"%PDF-1 hush")
    )
    vote = a_vote(public, "2020-06-30", by=city.reviewer, meeting=f"{SECRET}-meeting", evidence=f"{SECRET}-paper")
    vote.evidence.get().file.save(f"{SECRET}-vote.pdf", ContentFile(b"%PDF-1 ballots"))


def articles_unread(city: City, folder: Path, source: Source) -> Article:
    """Drafts, withdrawn, scheduled and gone ones; the last of them."""
    later = timezone.now() + timedelta(days=1)
    for slug, fields in {
        f"{SECRET}-draft": {},
        f"{SECRET}-withdrawn": {"published_at": moment("2020-06-01")},
        f"{SECRET}-scheduled": {"is_published": True, "published_at": later},
        "gone": {"is_published": True, "published_at": moment("2020-06-01"), **GONE},
    }.items():
        article = an_article(slug, a_photo(folder), source=source, author=city.editor, **fields)
        an_article_image(article, f"{SECRET}-{slug}.jpg")
        article.projects.set(Project.objects.all())
        article.tasks.set(Task.objects.all())
    ArticleVersion.objects.create(
        article=Article.objects.get(slug="open-day"), title="x", body="x", note="Counted wrong.",
        replaced_at=moment("2020-06-02"), by=city.editor,
    )  # fmt: skip
    Article.objects.get(slug="open-day").tasks.set(Task.objects.all())
    return article


def notes_about_people(city: City, article: Article) -> None:
    """What the desk keeps of everybody."""
    for person in city.people:
        changes = [["x", f"{SECRET}-before", f"{SECRET}-after"]]
        for about in (city.bridge, article, person):
            record(
                AuditAction.CHANGE,
                by=person,
                name=f"{SECRET}-name",
                about=about,
                changes=changes,
                note=f"{SECRET}-note",
            )
        matters = [f"DUE project:{SECRET}-matter 2020-05-31"]
        Reminder.objects.create(person=person, day="1951-07-17", matters=matters, channel=Channel.DESK)
        GivenPassword.objects.create(user=person, at=moment("1951-07-17"))


def parts_of(plan: Plan) -> list:
    kinds = {"group__plan": (Task,), "task__group__plan": (Measure,), "plan": (TaskGroup, Series)}
    return [row for path, kind in kinds.items() for model in kind for row in model.objects.filter(**{path: plan})]


def drafts_of(model: type[models.Model]) -> models.QuerySet:
    if issubclass(model, Guarded):
        return model.objects.drafts()
    return model.objects.exclude(slug="open-day") if model is Article else model.objects.all()


def secret_for(row: models.Model, field: models.Field) -> str | None:
    """A word that says where it was found, as far as there is room for it."""
    if str(field) in TOLD or (str(field) == "news.Article.slug" and row.withdrawn_at):
        return None
    if field.name == "document_url" and row.document_file:
        return None  # it is a file or a link
    word = f"{SECRET}-{row._meta.model_name}-{field.name}-{row.pk}"
    if isinstance(field, models.URLField):
        return f"https://{word}.example"
    return next(text for text in (word, f"{SECRET}-{row.pk}", SECRET) if len(text) <= (field.max_length or len(text)))


def show(folder: Path) -> City:
    city = a_city()
    assert city.people  # now: the first reviewers are public
    what_is_public(city, folder)
    return city


@pytest.fixture
def shown(tmp_path):
    def fill() -> None:
        show(tmp_path)

    keep("what is public beside drafts", fill)
    return city_there()


@pytest.fixture
def city(tmp_path):
    keep("drafts of every kind", lambda: hide(show(tmp_path), tmp_path))
    return city_there()


def hide(city: City, folder: Path) -> None:
    what_is_not(city, folder)
    for model in kinds():
        for row in drafts_of(model):
            fill(row, partial(secret_for, row))
    for user in User.objects.all():
        names = {name: f"{SECRET}-{name}-{user.pk}" for name in ("username", "first_name", "last_name")}
        User.objects.filter(pk=user.pk).update(**names, email=f"{SECRET}-{user.pk}@example.org")


def said(response) -> str:
    """Everything that is answered, headers and the parts of a packed file too."""
    content = response.getvalue() if response.streaming else response.content
    if is_zipfile(BytesIO(content)):
        with ZipFile(BytesIO(content)) as packed:
            content = b"".join(packed.read(name) for name in packed.namelist())
    return f"{response.headers}{content.decode(errors='replace')}"


def addresses() -> Iterator[str]:
    for route in routes():
        yield from route.addresses()


def test_every_kind_with_a_text_has_a_draft(city):
    for model in [model for model in kinds() if text_fields(model)]:
        for field in text_fields(model):
            is_hushed = model.objects.filter(**{f"{field.name}__contains": SECRET}).exists()
            assert is_hushed != (str(field) in TOLD), field


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_no_public_address_tells_of_it(client, city, asked):
    for address in addresses():
        response = client.get(address, asked)
        assert response.status_code in {200, 302, 400, 404}, address
        assert not UNIQUE.findall(said(response).replace(",", "")), address


def answers(client) -> dict[str, str]:
    """Of every public address; a spreadsheet says when it was made, the CSV of the same table doesn't."""
    return {address: said(client.get(address)) for address in addresses() if not address.endswith(".xlsx")}


def test_no_public_address_answers_otherwise_because_of_it(client, shown, tmp_path):
    """Nor does a header, such as the tag by which a browser knows a page again."""
    before = answers(client)
    hide(shown, tmp_path)
    after = answers(client)
    assert before.keys() == after.keys()
    told = "/news/open-day/"  # it was corrected, and says so
    assert [address for address in before if before[address] != after[address]] == [told]


def unknown_addresses() -> Iterator[str]:
    """Those that would show a draft, were it public."""
    article = Article.objects.exclude(slug="open-day")
    names = [
        file.partition("/")[2]
        for path in ("cover", "images__file", "attachment")
        for file in article.values_list(path, flat=True)
    ]
    for model in evidence_models():
        names += [file.partition("/")[2] for file in model.objects.drafts().values_list("file", flat=True)]
    for adjustment in change_models():
        names += [
            file.partition("/")[2]
            for file in adjustment.objects.drafts().exclude(document_file="").values_list("document_file", flat=True)
        ]
    names += [f"{SECRET}-redacted.pdf", f"{SECRET}-redacted.jpg"]
    names += [rendition for name in names for rendition in rendition_names(name)]
    slugs = [
        slug
        for model in (Project, Department, Article)
        for slug in drafts_of(model).exclude(slug="gone").values_list("slug", flat=True)
    ]
    groups = list(TaskGroup.objects.drafts().values_list("code", flat=True))
    tried = {"year": ["2021"], "month": ["06"], "group": groups, "number": ["1"], "seq": ["77"], "name": names}
    for route in routes():
        for n in range(max((len(tried.get(part, slugs)) for part in route.parts), default=0)):
            parts = {part: (values := tried.get(part, slugs))[n % len(values)] for part in route.parts}
            yield route.template.format(**parts)


def test_the_address_of_a_draft_answers_like_one_that_never_was(client, city):
    n = 0
    for address in unknown_addresses():
        response, other = client.get(address), client.get(address.replace(SECRET, OTHER).replace("2021", "2031"))
        assert response.status_code == other.status_code == 404, address
        assert said(response).replace(SECRET, OTHER).replace("2021", "2031") == said(other), address
        n += 1
    assert n > 20


def test_the_files_of_drafts_are_stored_with_their_renditions(city):
    """So that the addresses above could have answered."""
    names = [evidence.file.name for evidence in Evidence.objects.drafts() if evidence.file]
    names += [file.name for one in Article.objects.exclude(slug="open-day") for file in (one.cover, one.attachment)]
    renditions = [rendition for name in names for rendition in rendition_names(name)]
    assert len(renditions) >= 6 * 8
    assert all(default_storage.exists(name) for name in (*names, *renditions))


def test_where_an_article_was_withdrawn_stands_why_and_not_a_word_of_it(client, city):
    response = client.get("/news/gone/")
    assert response.status_code == 410
    assert GONE["withdrawal_reason"] in said(response)
    assert SECRET not in said(response).lower()


def test_a_correction_is_told_and_what_stood_before_is_not(client, city):
    page = said(client.get("/news/open-day/"))
    assert "Counted wrong." in page
    assert SECRET not in page.lower()


@pytest.mark.parametrize("asked", ["/search/", "/2020/projects/", "/ledger/", "/about/"])
@pytest.mark.parametrize("name", ["q", "project", "department", "series", "kind", "noted"])
def test_no_question_finds_it(client, city, asked, name):
    for text in (SECRET, f"{SECRET}-hall", f"{SECRET}-1"):
        response = client.get(asked, {name: text})
        other = client.get(asked, {name: text.replace(SECRET, OTHER)})
        assert response.status_code == other.status_code
        assert said(response).replace(SECRET, OTHER) == said(other)
