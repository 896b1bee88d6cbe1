"""The page on which the administrator says what the site says of itself."""

from typing import ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.models import SiteSettings
from accounts.publisher import NAMES, fixed_value
from desk.admin.base import DeskAdmin

FIXED = "由运维人员固定（环境变量 {}），在这里不能改。"


class SiteSettingsForm(forms.ModelForm):
    """What the environment fixes is displayed and can't be changed; what was stored in its place before stays."""

    class Meta:
        model = SiteSettings
        fields: ClassVar = NAMES

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fixed = {name: value for name in self.fields if (value := fixed_value(name))}
        for name in self.fixed:
            given = self.fields[name]
            self.fields[name] = forms.CharField(
                disabled=True,
                required=False,
                widget=given.widget,
                label=given.label,
                help_text=FIXED.format(name.upper()),
            )
        self.initial.update(self.fixed)

    def clean(self):
        super().clean()
        return {name: value for name, value in self.cleaned_data.items() if name not in self.fixed}


@admin.register(SiteSettings)
class SiteSettingsAdmin(DeskAdmin):
    """One row, whose page is opened in place of a list."""

    form = SiteSettingsForm
    fieldsets = (
        (None, {"fields": ("site_name", "site_organizer", "site_undertaker")}),
        ("怎么找", {"fields": ("contact_line", "complaint_line")}),
        ("政府网站的标识", {"fields": NAMES[5:]}),
    )

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            return super().changelist_view(request, extra_context)  # which refuses
        row = SiteSettings.objects.first()
        return HttpResponseRedirect(self.address("change", row.pk) if row else self.address("add"))

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not SiteSettings.objects.exists()

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["show_save_and_add_another"] = False  # there is one row
        return super().render_change_form(request, context, add, change, form_url, obj)

    def has_delete_permission(self, request, obj=None):
        return False
