"""Accounts: administrators make them and give roles; nobody raises himself, nobody is deleted."""

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm, UserCreationForm
from django.contrib.auth.models import Group, User

from huozhou_portal.keys import KeysField
from huozhou_portal.roles import ADMINISTRATOR, GRANTS, OFFICIAL, REVIEWER
from ledger.admin import CarefulAdmin
from projects.models import Membership

admin.site.unregister([Group, User])


class RolesForm(forms.ModelForm):
    """Roles are the only rights a person can be given. Who reviews does not draft: that takes two people."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "groups" in self.fields:
            self.fields["groups"].queryset = Group.objects.filter(name__in=GRANTS)

    def clean_groups(self):
        groups = self.cleaned_data["groups"]
        names = {group.name for group in groups}
        if REVIEWER in names and names & {OFFICIAL, ADMINISTRATOR}:
            raise forms.ValidationError(f"起草和公布要两个人：{REVIEWER}不能同时是{OFFICIAL}或{ADMINISTRATOR}。")
        return groups


class PersonForm(RolesForm, UserChangeForm):
    pass


class NewPersonForm(RolesForm, UserCreationForm):
    pass


class MembershipInline(admin.TabularInline):
    """Whose projects the person files for."""

    model = Membership
    extra = 0

    def has_add_permission(self, request, obj):
        return super().has_add_permission(request, obj) and obj != request.user

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and obj != request.user

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and obj != request.user


@admin.register(User)
class PersonAdmin(CarefulAdmin, UserAdmin):
    form = PersonForm
    add_form = NewPersonForm
    add_form_template = None
    list_display = ("username", "first_name", "roles", "departments", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    search_fields = ("username", "first_name")
    filter_horizontal = ()
    unwatched = ("last_login", "password")
    inlines = (MembershipInline,)
    fieldsets = (
        (None, {"fields": ("username", "password", "first_name")}),
        ("角色", {"fields": ("groups", "is_active")}),
        (None, {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "first_name", "password1", "password2")}),
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
        if db_field.name == "first_name":
            kwargs["label"] = "姓名"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_change_permission(self, request, obj=None):
        is_out_of_reach = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not is_out_of_reach

    def has_delete_permission(self, request, obj=None):
        return False

    def get_readonly_fields(self, request, obj=None):
        own = ("groups", "is_active") if obj == request.user else ()
        return ("last_login", "date_joined", *own)

    def save_model(self, request, obj, form, change):
        if not change:
            obj.is_staff = True  # every account is one for the admin
        super().save_model(request, obj, form, change)
