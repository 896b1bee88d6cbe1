"""The request class of the portal."""

from django.core.handlers.wsgi import WSGIRequest


class Request(WSGIRequest):
    """A request that is always read as UTF-8, whatever charset its header names.

    Some charsets that Python knows can't decode a query string, and Django decodes it while it makes the request, before
    an error could get its page.
    """

    @property
    def encoding(self) -> None:
        return None

    @encoding.setter
    def encoding(self, _charset: str) -> None:
        pass
