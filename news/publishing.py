"""Correction and withdrawal of published articles."""

from datetime import datetime

from django.contrib.auth.models import User

from news.models import Article, ArticleVersion, State

VERSIONED_FIELDS = ("title", "summary", "body", "happened_on")


def add_version(before: Article, *, by: User, note: str, at: datetime) -> ArticleVersion:
    """Store the published article. `before` must be loaded before the correction is saved."""
    pictures = [f"图 {i.number}：{i.alt}（{i.credit}）{i.caption}" for i in before.images.all()]
    attached = [f"附件：{before.attachment_title}"] * bool(before.attachment)
    fields = {name: getattr(before, name) for name in VERSIONED_FIELDS}
    files = "\n".join([*pictures, *attached])
    return ArticleVersion.objects.create(article=before, **fields, pictures=files, note=note, by=by, replaced_at=at)


def withdraw(article: Article, *, reason: str, at: datetime) -> None:
    """Can't be undone. The caller must have locked the row. Raises ValueError for an article that isn't published."""
    if article.state_at(at) is not State.PUBLISHED:
        raise ValueError(f"{article.slug} is no published article")
    article.withdrawn_at, article.withdrawal_reason = at, reason
    article.save(update_fields=["withdrawn_at", "withdrawal_reason", "updated_at"])
