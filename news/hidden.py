"""Finds the files of articles that have the same bytes as a file to be hidden in the public record.

Articles aren't part of the record, but a redaction there hides such files here, too.
"""

from collections.abc import Iterator
from functools import cache
from io import BytesIO

from PIL import Image

from news.models import Article, ArticleImage
from projects.hidden import Content
from projects.redactions import Place, has_bytes

REPLACEMENT = "这张图片已依法隐去。"


@cache
def placeholder() -> bytes:
    """A plain grey JPEG."""
    file = BytesIO()
    Image.new("RGB", (960, 540), "#d9d5c9").save(file, "JPEG")
    return file.getvalue()


def places_showing(content: bytes) -> Iterator[Place]:
    """Each picture, cover and attachment whose file has these bytes."""
    for image in ArticleImage.objects.select_related("article").order_by("pk"):
        if has_bytes(str(image.file), content):
            instead = {"file": "", "alt": REPLACEMENT, "caption": REPLACEMENT.removesuffix("。")}
            label = f"新闻“{image.article}”里的图 {image.number}"
            yield Place(f"image/{image.pk}", label, content=Content(image, instead, "file", placeholder()))
    for article in Article.objects.exclude(cover="").order_by("pk"):
        if has_bytes(str(article.cover), content):
            instead = {"cover": "", "cover_alt": REPLACEMENT}
            label = f"新闻“{article}”的封面"
            yield Place(f"cover/{article.pk}", label, content=Content(article, instead, "cover", placeholder()))
    for article in Article.objects.exclude(attachment="").order_by("pk"):
        if has_bytes(str(article.attachment), content):
            instead = {"attachment": "", "attachment_title": ""}
            label = f"新闻“{article}”的附件“{article.attachment_title}”"
            yield Place(f"attachment/{article.pk}", label, content=Content(article, instead, "attachment"))
