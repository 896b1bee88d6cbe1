"""Pagination of lists, with 404 for pages that don't exist."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.core.exceptions import BadRequest
from django.core.paginator import EmptyPage, Page, Paginator
from django.http import Http404, HttpRequest

from common.form_fields import WholeNumberField

ROWS_PER_PAGE = 25


class PageForm(forms.Form):
    """The query string of a list without other parameters."""

    page = WholeNumberField(required=False, min_value=1, max_value=100_000, widget=forms.HiddenInput)


class BoundedPaginator(Paginator):
    """Raises Http404 beyond the last page, so that the number of pages in the cache is limited."""

    def page(self, number: int | str) -> Page:
        try:
            return super().page(number)
        except EmptyPage:
            raise Http404 from None


def numbered_page(rows, per_page: int, number: int | None) -> Page:
    return BoundedPaginator(rows, per_page).page(number or 1)


@dataclass(frozen=True)
class SharedPage:
    """A page number for several lists on one page, each of which shows the same range of rows."""

    page: Page

    def rows(self, rows: Sequence) -> Sequence:
        first = (self.page.number - 1) * self.page.paginator.per_page
        return rows[first : first + self.page.paginator.per_page]


def asked_number(request: HttpRequest) -> int | None:
    """The page number in the query string, None without one. Raises BadRequest if it is invalid."""
    form = PageForm(request.GET)
    if not form.is_valid():
        raise BadRequest(f"没有这样的页码：{'；'.join(map(str, form.errors['page']))}")
    return form.cleaned_data["page"]


def shared_page(request: HttpRequest, *lengths: int) -> SharedPage:
    """The requested page of lists with these lengths. Raises BadRequest, and Http404 beyond the longest list."""
    return SharedPage(numbered_page(range(max(lengths, default=0)), ROWS_PER_PAGE, asked_number(request)))
