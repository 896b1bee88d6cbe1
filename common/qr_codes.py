"""QR codes of addresses."""

from io import BytesIO

import segno
from django.http import HttpResponse

DOTS_PER_MODULE = 12  # a picture of about 500 px, sharp when printed 6 cm wide


def qr_response(text: str) -> HttpResponse:
    """The code as a PNG. WeChat doesn't scan a code in other formats when one presses it."""
    picture = BytesIO()
    segno.make_qr(text, error="m").save(picture, kind="png", scale=DOTS_PER_MODULE, border=4)
    return HttpResponse(
        picture.getvalue(), content_type="image/png", headers={"Cache-Control": "public, max-age=86400"}
    )
