"""Pages of what grows with the record: 25 rows each, and none beyond the last."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.core.exceptions import BadRequest
from django.core.paginator import EmptyPage, Page, Paginator
from django.http import Http404, HttpRequest

from common.form_fields import WholeNumberField

ROWS_PER_PAGE = 25


class PageForm(forms.Form):
    """Of an address that asks for nothing else than the number of a page."""

    page = WholeNumberField(required=False, min_value=1, max_value=100_000, widget=forms.HiddenInput)


class BoundedPaginator(Paginator):
    """Raises Http404 beyond the last page: a copy is kept of every one, so that there may not be endlessly many."""

    def page(self, number: int | str) -> Page:
        try:
            return super().page(number)
        except EmptyPage:
            raise Http404 from None


def numbered_page(rows, per_page: int, number: int | None) -> Page:
    return BoundedPaginator(rows, per_page).page(number or 1)


@dataclass(frozen=True)
class SharedPage:
    """Lists that stand below each other and are turned together: of each the same 25 rows."""

    page: Page

    def rows(self, rows: Sequence) -> Sequence:
        first = (self.page.number - 1) * self.page.paginator.per_page
        return rows[first : first + self.page.paginator.per_page]


def asked_number(request: HttpRequest) -> int | None:
    """Of the page in the address. Raises BadRequest where it is no number."""
    form = PageForm(request.GET)
    if not form.is_valid():
        raise BadRequest(f"没有这样的页码：{'；'.join(map(str, form.errors['page']))}")
    return form.cleaned_data["page"]


def shared_page(request: HttpRequest, *lengths: int) -> SharedPage:
    """The page in the address, of as many as the longest of the lists has."""
    return SharedPage(numbered_page(range(max(lengths, default=0)), ROWS_PER_PAGE, asked_number(request)))
