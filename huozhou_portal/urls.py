from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path, re_path, register_converter
from django.views.decorators.http import require_safe

from common import display
from huozhou_portal.health import readyz
from website import well_known
from website.api import plans
from website.api.ledger import entries
from website.converters import MonthConverter, NumberConverter, SeqConverter, YearConverter
from website.feeds.deadlines import deadlines
from website.feeds.news import news_feed
from website.feeds.record import record_feed
from website.pages import errors, history, news
from website.pages import ledger as projects
from website.pages import plans as tasks
from website.pages.posters import poster, qr_code
from website.sitemaps.news import ArticleSitemap, NewsSitemap
from website.sitemaps.plans import PlanSitemap, StandingSitemap, TaskSitemap
from website.sitemaps.projects import DepartmentSitemap, ProjectSitemap

register_converter(YearConverter, "year")
register_converter(MonthConverter, "month")
register_converter(NumberConverter, "number")
register_converter(SeqConverter, "seq")

plan_patterns = [
    path("", tasks.overview, name="overview"),
    path("tasks/", tasks.task_list, name="task-list"),
    path("tasks/<slug:group>-<number:number>/", tasks.task, name="task"),
    path("projects/", tasks.project_table, name="project-table"),
    path("projects.csv", tasks.project_table, {"file_format": "csv"}, name="project-table-csv"),
    path("projects.xlsx", tasks.project_table, {"file_format": "xlsx"}, name="project-table-xlsx"),
    path("indicators/", tasks.indicators, name="indicators"),
    path("changes/", history.changes, name="changes"),
    path("compare/", history.compare, name="compare"),
    path("review/", history.review, name="review"),
    path("deadlines.ics", deadlines, name="deadlines"),
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
        path("plans", plans.plans, name="plans"),
        path("plans/<year:year>", plans.plan, name="plan"),
        path("projects", plans.projects, name="projects"),
        path("projects/<slug:slug>", plans.project, name="project"),
        path("ledger", entries, name="ledger"),
    ],
    "api",
)
sitemaps = {
    "standing": StandingSitemap,
    "plans": PlanSitemap,
    "tasks": TaskSitemap,
    "projects": ProjectSitemap,
    "departments": DepartmentSitemap,
    "news": NewsSitemap,
    "articles": ArticleSitemap,
}
urlpatterns = [
    path("", tasks.front, name="front"),
    path("<year:year>/", include(plan_patterns)),
    path("tasks/", tasks.of_front_plan, {"page": "task-list"}, name="front-tasks"),
    path("projects/", tasks.of_front_plan, {"page": "project-table"}, name="front-projects"),
    path("projects/<slug:slug>/", tasks.project, name="project"),
    path("projects/<slug:slug>/poster/", poster, name="poster"),
    path("projects/<slug:slug>/qr.png", qr_code, name="qr-code"),
    path("departments/", tasks.department_list, name="department-list"),
    path("departments/<slug:slug>/", tasks.department, name="department"),
    path("ledger/", projects.ledger, name="ledger"),
    path("ledger/<seq:seq>/", projects.entry, name="entry"),
    path("ledger/<seq:seq>/qr.png", projects.voucher_qr, name="voucher-qr"),
    path("news/", include(news_patterns)),
    path("search/", news.search, name="search"),
    path("feeds/record.atom", record_feed, name="record-feed"),
    path("feeds/news.atom", news_feed, name="news-feed"),
    path("sitemap.xml", require_safe(sitemap), {"sitemaps": sitemaps}, name="sitemap"),
    path("robots.txt", errors.robots, name="robots"),
    path("favicon.ico", well_known.favicon, name="favicon"),
    path("manifest.webmanifest", well_known.manifest, name="manifest"),
    path(".well-known/security.txt", well_known.security_txt, name="security-txt"),
    path("about/", tasks.about, name="about"),
    path("accessibility/", errors.accessibility, name="accessibility"),
    path("map/", tasks.site_map, name="site-map"),
    path("display/", display.choose, name="display"),
    path("verify.py", projects.verification_script, name="verification-script"),
    path("styleguide/", tasks.styleguide, name="styleguide"),
    path("api/v1/", include(api_patterns)),
    path("healthz", errors.healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    re_path(r"^media/evidence/(?P<name>[A-Za-z0-9/_.-]+)$", projects.evidence_file, name="evidence-file"),
    re_path(r"^media/covers/(?P<name>[A-Za-z0-9/_.-]+)$", news.cover, name="cover"),
    re_path(r"^media/articles/(?P<name>[A-Za-z0-9/_.-]+)$", news.picture, name="article-picture"),
    re_path(r"^media/attachments/(?P<name>[A-Za-z0-9/_.-]+)$", news.attachment, name="article-attachment"),
    path("admin/", admin.site.urls),
]
handler400 = errors.bad_request
handler500 = errors.server_error
