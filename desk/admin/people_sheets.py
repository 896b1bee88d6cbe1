"""The pages on which people come in by a sheet: sent, looked at, made by the second press."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from accounts.sessions import signed_in
from common.exports import xlsx_response
from desk.admin.base import DeskAdmin
from desk.file_names import file_name
from desk.forms.people import PeopleSheetForm
from desk.people.making import (
    Known,
    Made,
    NewPerson,
    known,
    later_problems,
    made_before,
    make,
    new_people,
    signed,
    unsigned,
)
from desk.people.rows import PeopleReading, read
from desk.people.sheet_form import sheet_form
from desk.workbooks.opening import Unreadable, opened
from ledger import chain
from ledger.chain import PublicationError

GONE = "这一页放得太久，或者不是您刚才传的那一张，没有建账号。请再传一次。"


class PeopleSheetPages(DeskAdmin):
    """What the pages of accounts have besides. Between the two presses nothing is stored: the page carries what was read."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("sheet/", wrap(self.sheet_view), name="auth_user_sheet"),
            path("sheet/form.xlsx", wrap(self.sheet_form_view), name="auth_user_sheet_form"),
            *super().get_urls(),
        ]

    @method_decorator(require_safe)
    def sheet_form_view(self, request: HttpRequest) -> HttpResponse:
        self._check_may_add(request)
        return xlsx_response(
            sheet_form(sorted(known().department_names.values())), file_name("加人用的表", ending="xlsx")
        )

    def sheet_view(self, request: HttpRequest) -> HttpResponse:
        self._check_may_add(request)
        if request.method == "POST" and "people" in request.POST:
            return self._make(request)
        form = PeopleSheetForm(request.POST, request.FILES) if request.method == "POST" else PeopleSheetForm()
        if form.is_valid():
            try:
                reading = read(opened(form.cleaned_data["file"].read()))
            except Unreadable as refused:
                form.add_error("file", str(refused))
            else:
                there = known()
                return self._reading_page(request, reading, new_people(reading, there), there)
        return self._page(request, "sheet.html", "用表格加人", form=form)

    def _make(self, request: HttpRequest) -> HttpResponse:
        """The second press: all of them or none. Pressed once more it answers the same."""
        by = signed_in(request)
        try:
            sheet = unsigned(request.POST["people"], by)
        except BadSignature:
            self.message_user(request, GONE, messages.ERROR)
            return self._page(request, "sheet.html", "用表格加人", form=PeopleSheetForm())
        try:
            with transaction.atomic():
                chain.lock()  # before the accounts are looked for: two administrators could make one at once
                there = known()
                if made := made_before(sheet):
                    return self._made_page(request, made, there, is_again=True)
                problems = later_problems(sheet.people, there)
                if problems:
                    return self._reading_page(request, PeopleReading(problems=problems), sheet.people, there)
                made = make(sheet, by=by)
                for one in made:
                    self.log_addition(request, one.user, "用表格加的")
        except PublicationError as error:
            for reason in error.messages:
                self.message_user(request, reason, messages.ERROR)
            return self._reading_page(request, PeopleReading(), sheet.people, known())
        return self._made_page(request, made, there, is_again=False)

    @sensitive_variables()
    def _made_page(self, request: HttpRequest, made: Sequence[Made], there: Known, *, is_again: bool) -> HttpResponse:
        rows = [(one.person, one.password, _names(one.person, there)) for one in made]
        reviewers = [one for one in made if one.entry]
        title = f"建好了 {len(made)} 个账号"
        return self._page(request, "made.html", title, rows=rows, reviewers=reviewers, is_again=is_again)

    def _reading_page(
        self, request: HttpRequest, reading: PeopleReading, people: Sequence[NewPerson], there: Known
    ) -> HttpResponse:
        return self._page(
            request,
            "reading.html",
            "看一遍，再建账号",
            problems=reading.problems,
            notes=reading.notes,
            people=[(person, _names(person, there)) for person in people],
            signed="" if reading.problems else signed(people, signed_in(request)),
        )

    def _check_may_add(self, request: HttpRequest) -> None:
        if not self.has_add_permission(request):
            raise PermissionDenied

    def _page(self, request: HttpRequest, template: str, title: str, **context: object) -> TemplateResponse:
        context = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/auth/user/{template}", context)


def _names(person: NewPerson, there: Known) -> str:
    names = [there.department_names.get(slug, slug) for slug in person.departments]
    if len(names) > 1 and set(person.departments) == there.department_names.keys():
        names = [f"全部 {len(names)} 个部门"]
    return "、".join([*names, *person.places])
