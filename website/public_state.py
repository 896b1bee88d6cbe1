"""The state that all public pages depend on, for the page cache. It is in this room because it needs all models."""

from django.db.models import Count, Max, Q, Subquery
from django.utils import timezone

from accounts.publisher import renewed_publisher
from ledger.models import HIDING, Entry
from news.models import Article
from pagecache.version import PublicState
from projects.models import Department, Source, SourceKind
from tasks.models import Plan


def public_state(before: PublicState | None) -> PublicState:
    """The state now, in a few small queries. The days of `before` are reused if the ledger has no new entry."""
    now = timezone.now()
    today = timezone.localdate(now)
    head = Entry.objects.order_by("-seq").values_list("hash", flat=True).first() or ""
    redactions = Entry.objects.filter(kind__in=HIDING).aggregate(last=Max("seq"))
    is_public = Q(is_published=True, published_at__lte=now)
    articles = Article.objects.aggregate(
        public=Count("pk", filter=is_public),
        withdrawn=Count("pk", filter=Q(withdrawn_at__isnull=False)),
        last=Max("updated_at", filter=is_public),
    )
    publisher = renewed_publisher()  # before any page of the new version is made
    # What the navigation and footer show. It depends on today even on the page of a past day.
    plan = Plan.objects.on_front_page(today)
    frame = (
        plan and plan.year,
        Department.objects.published().exists(),
        Source.objects.published().filter(kind=SourceKind.ILLUSTRATIVE).values_list("title", flat=True).first(),
    )
    return PublicState(
        today=today,
        hidden=f"{redactions['last']}/{articles['withdrawn']}",
        texts=repr((articles["public"], articles["last"], *frame, publisher)),
        days=before.days if before and before.head == head else days_of_record(),
    )


def days_of_record() -> tuple:
    lasts = Entry.objects.values("published_on").annotate(last=Max("seq")).order_by().values("last")
    rows = Entry.objects.filter(seq__in=Subquery(lasts)).order_by("seq").values_list("published_on", "hash")
    return tuple(rows)
