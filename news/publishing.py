"""What becomes of an article that readers saw: corrected, with the old text kept; withdrawn, with the reason in its place."""

from datetime import datetime

from django.contrib.auth.models import User

from news.models import Article, ArticleVersion, State

KEPT = ("title", "summary", "body", "happened_on")


def keep_version(before: Article, *, by: User, note: str, at: datetime) -> ArticleVersion:
    """The article as readers saw it until now. `before` is as the database has it, with its pictures."""
    pictures = [f"图 {i.number}：{i.alt}（{i.credit}）{i.caption}" for i in before.images.all()]
    attached = [f"附件：{before.attachment_title}"] * bool(before.attachment)
    told = {name: getattr(before, name) for name in KEPT}
    files = "\n".join([*pictures, *attached])
    return ArticleVersion.objects.create(article=before, **told, pictures=files, note=note, by=by, replaced_at=at)


def withdraw(article: Article, *, reason: str, at: datetime) -> None:
    """For good. The row has to be locked. Raises ValueError for one that readers don't see."""
    if article.state_at(at) is not State.PUBLISHED:
        raise ValueError(f"{article.slug} is no published article")
    article.withdrawn_at, article.withdrawal_reason = at, reason
    article.save(update_fields=["withdrawn_at", "withdrawal_reason", "updated_at"])
