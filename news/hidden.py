"""Pictures and papers of articles that show what is hidden in the record: articles are no part of it, but go with it."""

from collections.abc import Iterator
from functools import cache
from io import BytesIO

from PIL import Image

from news.models import Article, ArticleImage
from projects.hidden import Content
from projects.redactions import Place, has_bytes

IN_ITS_PLACE = "这张图片已依法隐去。"


@cache
def placeholder() -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (960, 540), "#d9d5c9").save(drawn, "JPEG")
    return drawn.getvalue()


def places_showing(content: bytes) -> Iterator[Place]:
    for image in ArticleImage.objects.select_related("article").order_by("pk"):
        if has_bytes(str(image.file), content):
            instead = {"file": "", "alt": IN_ITS_PLACE, "caption": IN_ITS_PLACE.removesuffix("。")}
            label = f"新闻“{image.article}”里的图 {image.number}"
            yield Place(f"image/{image.pk}", label, content=Content(image, instead, "file", placeholder()))
    for article in Article.objects.exclude(cover="").order_by("pk"):
        if has_bytes(str(article.cover), content):
            instead = {"cover": "", "cover_alt": IN_ITS_PLACE}
            label = f"新闻“{article}”的封面"
            yield Place(f"cover/{article.pk}", label, content=Content(article, instead, "cover", placeholder()))
    for article in Article.objects.exclude(attachment="").order_by("pk"):
        if has_bytes(str(article.attachment), content):
            instead = {"attachment": "", "attachment_title": ""}
            label = f"新闻“{article}”的附件“{article.attachment_title}”"
            yield Place(f"attachment/{article.pk}", label, content=Content(article, instead, "attachment"))
