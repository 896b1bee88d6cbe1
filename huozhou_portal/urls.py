from django.contrib import admin
from django.urls import include, path, re_path, register_converter

from common import display
from common.cache_policy import cached_by, endless
from huozhou_portal.health import healthz, readyz
from website import well_known
from website.api import plans as api
from website.api.ledger import entries
from website.converters import MonthConverter, NumberConverter, SeqConverter, YearConverter
from website.feeds.deadlines import deadlines, department_deadlines, project_deadlines
from website.feeds.news import news_feed
from website.feeds.record import record_feed
from website.feeds.subjects import department_feed, project_feed
from website.pages import about, cards, departments, errors, history, ledger, months, news, plans, projects, search
from website.pages.mismatch import mismatch
from website.pages.posters import plan_qr, poster, qr_code, year_poster
from website.sitemaps import (
    ArticleSitemap,
    DepartmentSitemap,
    FixedPagesSitemap,
    MonthSitemap,
    NewsSitemap,
    PlanSitemap,
    ProjectSitemap,
    TaskSitemap,
    site_sitemap,
)

register_converter(YearConverter, "year")
register_converter(MonthConverter, "month")
register_converter(NumberConverter, "number")
register_converter(SeqConverter, "seq")

plan_patterns = [
    path("", plans.overview, name="overview"),
    path("tasks/", plans.task_list, name="task-list"),
    path("tasks/<slug:group>-<number:number>/", plans.task, name="task"),
    path("projects/", plans.project_table, name="project-table"),
    path("projects.csv", plans.project_table, {"file_format": "csv"}, name="project-table-csv"),
    path("projects.xlsx", plans.project_table, {"file_format": "xlsx"}, name="project-table-xlsx"),
    path("indicators/", plans.indicators, name="indicators"),
    path("changes/", history.changes, name="changes"),
    path("changes.csv", history.changes_csv, name="changes-csv"),
    path("compare/", history.compare, name="compare"),
    path("review/", history.review, name="review"),
    path("deadlines.ics", deadlines, name="deadlines"),
    path("poster/", year_poster, name="year-poster"),
    path("qr.png", plan_qr, name="plan-qr"),
    path("<month:month>/", months.month, name="plan-month"),
    path("card.png", cards.plan_card, name="plan-card"),
    path("promises/<slug:series>-<number:number>/card.png", cards.promise_card, name="promise-card"),
]
news_patterns = (
    [
        path("", news.article_list, name="list"),
        path("<year:year>/<month:month>/", news.month, name="month"),
        path("<slug:slug>/", news.article, name="article"),
    ],
    "news",
)
api_patterns = (
    [
        path("plans", api.plans, name="plans"),
        path("plans/<year:year>", api.plan, name="plan"),
        path("projects", api.projects, name="projects"),
        path("projects/<slug:slug>", api.project, name="project"),
        path("ledger", entries, name="ledger"),
    ],
    "api",
)
sitemaps = {
    "standing": FixedPagesSitemap,
    "plans": PlanSitemap,
    "months": MonthSitemap,
    "tasks": TaskSitemap,
    "projects": ProjectSitemap,
    "departments": DepartmentSitemap,
    "news": NewsSitemap,
    "articles": ArticleSitemap,
}
urlpatterns = [
    path("", plans.front, name="front"),
    path("<year:year>/", include(plan_patterns)),
    path("tasks/", plans.of_front_plan, {"page": "task-list"}, name="front-tasks"),
    path("projects/", plans.of_front_plan, {"page": "project-table"}, name="front-projects"),
    path("projects/<slug:slug>/", projects.project, name="project"),
    path("projects/<slug:slug>/poster/", poster, name="poster"),
    path("projects/<slug:slug>/qr.png", qr_code, name="qr-code"),
    path("projects/<slug:slug>/mismatch/", mismatch, name="mismatch"),
    path("projects/<slug:slug>/record.atom", project_feed, name="project-feed"),
    path("projects/<slug:slug>/deadlines.ics", project_deadlines, name="project-deadlines"),
    path("departments/", departments.department_list, name="department-list"),
    path("departments/<slug:slug>/", departments.department, name="department"),
    path("departments/<slug:slug>/record.atom", department_feed, name="department-feed"),
    path("departments/<slug:slug>/deadlines.ics", department_deadlines, name="department-deadlines"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/<seq:seq>/", ledger.entry, name="entry"),
    path("ledger/<seq:seq>/qr.png", ledger.voucher_qr, name="voucher-qr"),
    path("news/", include(news_patterns)),
    path("search/", search.search, name="search"),
    path("feeds/record.atom", record_feed, name="record-feed"),
    path("feeds/news.atom", news_feed, name="news-feed"),
    path("sitemap.xml", cached_by(p=endless)(site_sitemap), {"sitemaps": sitemaps}, name="sitemap"),
    path("robots.txt", well_known.robots, name="robots"),
    path("favicon.ico", well_known.favicon, name="favicon"),
    path("manifest.webmanifest", well_known.manifest, name="manifest"),
    path(".well-known/security.txt", well_known.security_txt, name="security-txt"),
    path("about/", about.about, name="about"),
    path("accessibility/", about.accessibility, name="accessibility"),
    path("map/", about.site_map, name="site-map"),
    path("display/", display.choose, name="display"),
    path("verify.py", ledger.verification_script, name="verification-script"),
    path("styleguide/", about.styleguide, name="styleguide"),
    path("api/v1/", include(api_patterns)),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    re_path(r"^media/evidence/(?P<name>[A-Za-z0-9/_.-]+)$", ledger.evidence_file, name="evidence-file"),
    re_path(r"^media/covers/(?P<name>[A-Za-z0-9/_.-]+)$", news.cover, name="cover"),
    re_path(r"^media/articles/(?P<name>[A-Za-z0-9/_.-]+)$", news.picture, name="article-picture"),
    re_path(r"^media/attachments/(?P<name>[A-Za-z0-9/_.-]+)$", news.attachment, name="article-attachment"),
    path("admin/", admin.site.urls),
]
handler400 = errors.bad_request
handler500 = errors.server_error
