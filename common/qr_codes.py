"""Addresses on paper, for a phone's camera."""

from io import BytesIO

import segno
from django.http import HttpResponse

DOTS_PER_MODULE = 12  # about 500 pixels across: sharp on paper at 6 cm


def qr_response(text: str) -> HttpResponse:
    """A PNG: other pictures can't be pressed and held in WeChat."""
    picture = BytesIO()
    segno.make_qr(text, error="m").save(picture, kind="png", scale=DOTS_PER_MODULE, border=4)
    return HttpResponse(
        picture.getvalue(), content_type="image/png", headers={"Cache-Control": "public, max-age=86400"}
    )
