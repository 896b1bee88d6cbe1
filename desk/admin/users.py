"""The pages of accounts: administrators add them and assign roles, none to themselves; no account is deleted."""

from functools import partial

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import (
    AdminPasswordChangeForm,
    ReadOnlyPasswordHashWidget,
    UserChangeForm,
    UserCreationForm,
)
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from accounts.lockout import attempts_of, is_locked_out
from accounts.models import AuditAction
from accounts.passwords import is_given, mark_given
from accounts.roles import ADMINISTRATOR, GRANTS, OFFICIAL, REVIEWER
from accounts.sessions import end_sessions, signed_in
from common.form_fields import field_of
from common.keys import KeysField
from common.tokens import clean_token
from desk.admin.base import FixableInline, row_or_404, yes_no_column
from desk.admin.people_sheets import PeopleSheetPages
from desk.people.rows import TWO_PEOPLE
from ledger import chain
from ledger.chain import PublicationError
from ledger.models import EntryKind
from projects.appointments import decide, note_password, note_role
from projects.models import Appointment, Membership
from projects.reviewers import has_plan, holds_role, publishing_error

admin.site.unregister([Group, User])


class RecordedForm(forms.BaseForm):
    """A form whose saving may append a ledger entry: invalid while the clock is behind the last entry."""

    def clean(self):
        data = super().clean()
        if has_plan():
            try:
                chain.moment()
            except PublicationError as error:
                raise forms.ValidationError(list(error.messages)) from error
        return data


class RolesForm(RecordedForm, forms.ModelForm):
    """Assigns roles. A reviewer can have no role that drafts: to draft and to publish takes two people.

    `had_role`: whether the person was a reviewer before this form, set by `clean`.
    """

    had_role = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "groups" in self.fields:
            field_of(self, "groups", KeysField).queryset = Group.objects.filter(name__in=GRANTS)

    def clean(self):
        self.had_role = self.instance.pk is not None and holds_role(self.instance)
        return super().clean()

    def clean_groups(self):
        groups = self.cleaned_data["groups"]
        names = {group.name for group in groups}
        if REVIEWER in names and names & {OFFICIAL, ADMINISTRATOR}:
            raise forms.ValidationError(TWO_PEOPLE)
        return groups


class PasswordButton(ReadOnlyPasswordHashWidget):
    """The link to reset a password, without the parts of salt and hash that Django shows."""

    def get_context(self, name, value, attrs):
        return super().get_context(name, value, attrs) | {"summary": []}


class PersonForm(RolesForm, UserChangeForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "password" in self.fields:
            self.fields["password"].widget = PasswordButton()
            self.fields["password"].help_text = "谁也看不到密码，只能重设。"


class GivenPasswordForm(RecordedForm, AdminPasswordChangeForm):
    usable_password = None  # no option for an account without a password: `is_active` does that


class NewPersonForm(RolesForm, UserCreationForm):
    pass


class MembershipInline(FixableInline, admin.TabularInline):
    """The departments for whose projects the person files; nobody changes their own."""

    model = Membership

    def is_fixed(self, request, row):
        return row == request.user


class RoleFilter(admin.RelatedFieldListFilter):
    """Named as the column of the list is."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.title = "角色"


@admin.register(User)
class PersonAdmin(PeopleSheetPages, UserAdmin):
    form = PersonForm
    add_form = NewPersonForm
    add_form_template = None
    change_password_form = GivenPasswordForm
    change_user_password_template = "admin/auth/user/give_password.html"  # noqa: S105  # nosec B105 # a page
    list_display = ("username", "first_name", "email", "roles", "departments", "active_word", "last_login")
    active_word = yes_no_column("is_active", "有效")
    list_filter = ("is_active", ("groups", RoleFilter))
    search_fields = ("username", "first_name", "email")
    filter_horizontal = ()
    version_exclude = ("last_login", "password")
    inlines = (MembershipInline,)
    fieldsets = (
        (None, {"fields": ("username", "password", "first_name", "email")}),
        ("角色", {"fields": ("groups", "is_active")}),
        (None, {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "first_name", "email", "password1", "password2")}),
        ("角色", {"fields": ("groups",)}),
    )

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups", "memberships__department")

    @admin.display(description="角色")
    def roles(self, user: User) -> str:
        return "、".join(group.name for group in user.groups.all())

    @admin.display(description="部门")
    def departments(self, user: User) -> str:
        return "、".join(membership.department.name for membership in user.memberships.all())

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "groups":
            widget = forms.CheckboxSelectMultiple
            return db_field.formfield(
                form_class=KeysField, widget=widget, required=False, label="可以做什么", help_text=""
            )
        if db_field.name == "email":
            kwargs["help_text"] = "提醒发到这里；不填，提醒就只在工作台上。"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_change_permission(self, request, obj=None):
        is_protected = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not is_protected

    def has_delete_permission(self, request, obj=None):
        return False

    def get_object(self, request, object_id, from_field=None):
        """Locks the ledger before the row, as `note_role` and `note_password` need it: the other order could deadlock."""
        if request.method == "POST" and connection.in_atomic_block:
            chain.lock()
        return super().get_object(request, object_id, from_field)

    def get_readonly_fields(self, request, obj=None):
        own = ("groups", "is_active") if obj == request.user else ()
        return ("last_login", "date_joined", *own)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        entry = note_role(form.instance, had_role=form.had_role, by=request.user)
        self._report_entry(request, entry)

    def _report_entry(self, request: HttpRequest, entry) -> None:
        if entry is None:
            return
        words = f"已记进公开记录（{entry}），每位审核员和管理员的工作台上都看得到。"
        if entry.kind in Appointment.WAITING:
            words += "另一位审核员确认以前，或者 24 小时没有人提出异议以前，这位审核员可以看，不能公布。"
        self.message_user(request, words, messages.WARNING)

    def save_model(self, request, obj, form, change):
        if not change:
            obj.is_staff = True  # every account may open the admin
        super().save_model(request, obj, form, change)
        if not change:
            mark_given(obj)
        if not obj.is_active:
            end_sessions(obj)

    def object_messages(self, request, row):
        return [
            *(["已停用，不能登录。"] if not row.is_active else ()),
            *(["密码输错太多次，有的地方暂时不能用这个账号登录。"] if is_locked_out(row) else ()),
            *(["密码是别人设的，本人下次登录时要先换成自己的。"] if is_given(row) else ()),
            *(
                ["这位审核员现在还不能公布：要等另一位审核员确认，或者过了 24 小时没有人提出异议。"]
                if self._waits(row)
                else ()
            ),
        ]

    @staticmethod
    def _waits(row: User) -> bool:
        """Whether a reviewer may not publish yet."""
        return holds_role(row) and bool(publishing_error(row))

    def object_actions(self, request, row):
        may_unlock = self.has_change_permission(request, row) and is_locked_out(row)
        return [("解除锁定", self.address("unlock", row.pk))] if may_unlock else []

    def get_urls(self):
        unlock = self.admin_site.admin_view(self.unlock_view)
        deciding = {"approve": EntryKind.APPROVAL, "object": EntryKind.OBJECTION}
        return [
            *(
                path(
                    f"<path:object_id>/{name}/",
                    self.admin_site.admin_view(partial(self.decide_view, act=act)),
                    name=f"auth_user_{name}",
                )
                for name, act in deciding.items()
            ),
            path("<path:object_id>/unlock/", unlock, name="auth_user_unlock"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def decide_view(self, request: HttpRequest, object_id: str, act: EntryKind) -> HttpResponse:
        """Approve or object to the appointment that the desk showed. Needs no permission to view accounts."""
        if not any(map(request.user.has_perm, ("projects.publish_report", "auth.change_user"))):
            raise PermissionDenied
        person = row_or_404(User.objects.all(), unquote(object_id))
        try:
            with transaction.atomic():
                entry = decide(person, act, about=clean_token(request.POST.get("about", "")), by=signed_in(request))
                self.record(request, person, AuditAction.CHANGE, f"{entry.get_kind_display()}（{entry}）")
        except PublicationError as error:
            for reason in error.messages:
                self.message_user(request, reason, messages.ERROR)
        else:
            words = f"{entry.get_kind_display()}：{person}。已记进公开记录（{entry}）。"
            self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:index"))

    @method_decorator(require_POST)
    def unlock_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self._person(request, object_id)
        with transaction.atomic():
            n_attempts, _ = attempts_of(person).delete()
            if n_attempts:
                self.log_change(request, person, AuditAction.UNLOCK.label, AuditAction.UNLOCK)
        result = "已解除锁定，现在又可以登录了：" if n_attempts else "没有锁定，不用解除："
        self.message_user(request, f"{result}{person}。", messages.SUCCESS)
        return HttpResponseRedirect(self.address("change", person.pk))

    def _person(self, request: HttpRequest, object_id: str) -> User:
        """Raises Http404 for no account, and PermissionDenied for one that the person may not change."""
        person = self.get_object(request, unquote(object_id))
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        if person is None:
            raise Http404
        return person

    def user_change_password(self, request, id, form_url=""):
        """Sets the password of another person, who must replace it at the next sign-in. One's own needs the old password."""
        person = self._person(request, id)
        if person == request.user:
            return HttpResponseRedirect(reverse("admin:password_change"))
        with transaction.atomic():
            response = super().user_change_password(request, id, form_url)
            if User.objects.get(pk=person.pk).password != person.password:
                mark_given(person)
                end_sessions(person)
                self.record(request, person, AuditAction.RESET)
                self._report_entry(request, note_password(person, by=request.user))
        return response
