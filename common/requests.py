"""Requests as the portal reads them."""

from django.core.handlers.wsgi import WSGIRequest


class Request(WSGIRequest):
    """Read as UTF-8, whatever charset its header names: by some that Python knows nothing can be read, and Django reads
    the parameters while it makes the request, where no error has a page yet."""

    @property
    def encoding(self) -> None:
        return None

    @encoding.setter
    def encoding(self, _charset: str) -> None:
        pass
