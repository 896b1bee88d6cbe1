from django.core.paginator import EmptyPage, Page, Paginator
from django.http import Http404


def numbered_page(rows, per_page: int, number: int | None) -> Page:
    """Raises Http404 beyond the last one: a copy is kept of every page, so that there may not be endlessly many."""
    try:
        return Paginator(rows, per_page).page(number or 1)
    except EmptyPage:
        raise Http404 from None
