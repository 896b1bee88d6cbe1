"""The pages of what helps people to find something: other names of things, and words for which nothing was found."""

from typing import ClassVar

from django.contrib import admin

from desk.admin.base import DeskAdmin, ReadOnlyAdmin
from tasks.models import Aliases, MissedSearch


@admin.register(Aliases)
class AliasesAdmin(DeskAdmin):
    """They may be changed and deleted whenever: no part of the record."""

    list_display = ("named", "words", "updated_at")
    list_select_related = ("project", "department", "indicator")
    search_fields = ("words", "project__title", "department__name", "indicator__title")
    ordering = ("-updated_at", "-pk")
    fields: ClassVar = ("project", "department", "indicator", "words")
    autocomplete_fields = ("project",)

    @admin.display(description="哪一项")
    def named(self, aliases: Aliases) -> str:
        return str(aliases)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kwargs["queryset"] = db_field.related_model.objects.published()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(MissedSearch)
class MissedSearchAdmin(ReadOnlyAdmin):
    """To be deleted once they are seen to."""

    list_display = ("word", "n_times", "last_on")
    search_fields = ("word",)
    ordering = ("-n_times", "-last_on", "word")

    def has_delete_permission(self, request, obj=None):
        return DeskAdmin.has_delete_permission(self, request, obj)
