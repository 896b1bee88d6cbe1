"""Malformed requests, lost races and full disks get a sentence in Chinese, not an error page."""

from collections.abc import Callable
from typing import ClassVar

from django.contrib import messages
from django.contrib.admin.helpers import AdminErrorList
from django.contrib.auth.forms import UsernameField
from django.core.exceptions import PermissionDenied
from django.db import DataError, IntegrityError, OperationalError, models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.datastructures import MultiValueDict

from common.form_fields import EmailField, LineField, MomentField
from common.keys import KeyField, KeysField
from common.media.store import DISK_IS_FULL, files_removed_on_failure, is_disk_full
from common.media.uploads import Busy, cleaned_uploads
from common.texts import clean_line
from desk.admin.unsaved import UnsavedAdmin
from desk.admin.versions import edit_session
from ledger.guard import PublishedRowError

LOOKUPS = ("exact", "isnull", "year", "month", "day")
SERVER_IS_BUSY = "服务器正忙着处理别人的照片，这一次没有存上，请过一会儿再存一次"
LONGEST_SEARCH = 200  # SQLite refuses a condition of a thousand parts, and each word becomes several


class AccountField(LineField, UsernameField):
    """Django's field for the name of an account, cleaned as every line of ours is."""


class RobustAdmin(UnsavedAdmin):
    """Handles crafted addresses, keys and texts, too many uploads at once, a full disk, a busy database and lost races."""

    # For the columns of Django's own models: ours choose their form fields themselves.
    formfield_overrides: ClassVar = {
        models.DateTimeField: {"form_class": MomentField},
        models.CharField: {"form_class": LineField},
        models.EmailField: {"form_class": EmailField},
    }

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if kwargs.get("form_class") is UsernameField:  # Django's form names it, so that no override reaches it
            kwargs["form_class"] = AccountField
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        return super().formfield_for_foreignkey(db_field, request, **{"form_class": KeyField, **kwargs})

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        return super().formfield_for_manytomany(db_field, request, **{"form_class": KeysField, **kwargs})

    # Lists

    def get_search_results(self, request: HttpRequest, queryset: models.QuerySet, search_term: str):
        return super().get_search_results(request, queryset, clean_line(search_term[:LONGEST_SEARCH]))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only the lookups that our filters use: Django's would allow `__regex` on any field, which breaks SQLite."""
        _field, has_lookup, name = lookup.rpartition("__")
        return (not has_lookup or name in LOOKUPS) and super().lookup_allowed(lookup, value, request)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        named = {"title": self.opts.verbose_name_plural, **(extra_context or {})}
        try:
            response = super().changelist_view(request, named)
            return response.render() if hasattr(response, "render") else response
        except (ValueError, OverflowError, DataError):  # a year of 20 digits, for one
            return HttpResponseRedirect(f"{request.path}?e=1")

    # Forms

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if "_saveasnew" in request.POST:
            raise PermissionDenied
        may_write = self.has_add_permission(request) or self.has_change_permission(request)
        session = edit_session(request)
        try:
            with cleaned_uploads(request.FILES if may_write else MultiValueDict()):
                return self._answer(request, super().changeform_view, object_id, form_url, extra_context)
        except Busy:
            return self.unsaved(request, SERVER_IS_BUSY)
        except OSError as error:
            if not is_disk_full(error) or session.is_disk_full:
                raise
        session.is_disk_full = True  # run again: the form is shown with the error and everything that was typed
        return self.changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request, object_id, extra_context=None):
        return self._answer(request, super().delete_view, object_id, extra_context)

    def answer_with_files(self, request: HttpRequest, view: Callable[..., HttpResponse], *args: object) -> HttpResponse:
        """As `_answer`, of a page of its own that takes files: where there was no room for them it says so."""
        try:
            with cleaned_uploads(request.FILES):
                return self._answer(request, view, *args)
        except Busy:
            return self.unsaved(request, SERVER_IS_BUSY)
        except OSError as error:
            if not is_disk_full(error):
                raise
            return self.unsaved(request, DISK_IS_FULL)

    def _answer(self, request: HttpRequest, view: Callable[..., HttpResponse], *args: object) -> HttpResponse:
        """The response of the view. A write that failed becomes a message and a redirect to the same page, or `unsaved`."""
        try:
            with files_removed_on_failure():
                return view(request, *args)
        except PublishedRowError as error:
            self.message_user(request, str(error), messages.ERROR)
        except (IntegrityError, models.ProtectedError):
            self.message_user(request, "没有保存：同一时间有人改了相关的内容，请看看现在的样子再改。", messages.ERROR)
        except OperationalError:  # waiting for the lock took too long, or the disk is full
            if request.method != "POST":
                raise
            return self.unsaved(request, "数据库太忙，或者暂时写不进去，这一次没有存上，请再存一次")
        return HttpResponseRedirect(request.get_full_path())

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if edit_session(request).is_disk_full:
            form, inlines = context["adminform"].form, context["inline_admin_formsets"]
            form.add_error(None, DISK_IS_FULL)
            context["errors"] = AdminErrorList(form, [inline.formset for inline in inlines])
        return super().render_change_form(request, context, add, change, form_url, obj)
