"""What the pages of facts with evidence share: their inlines, and the files of drafts."""

from typing import TypeVar

from django.contrib import admin
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from common.media.uploads import sent_picture
from desk.admin.base import GuardedInline
from desk.admin.facts import FactAdmin
from desk.forms.base import delete_file_on_commit
from desk.forms.evidence import MOST_EVIDENCE, EvidenceForm, EvidenceFormSet
from desk.templatetags.summaries import evidence_address
from projects.models import AbstractEvidence, EvidencedFact, EvidenceKind

AnyEvidenced = TypeVar("AnyEvidenced", bound=EvidencedFact)


class AbstractEvidenceInline(GuardedInline, admin.StackedInline):
    form = EvidenceForm
    formset = EvidenceFormSet
    readonly_fields = ("stored",)
    extra = 1
    max_num = MOST_EVIDENCE

    def get_fields(self, request, obj=None):
        is_open = obj is None or self.has_change_permission(request, obj)
        return (
            ("title", "file", "is_consented", "url", "is_cited", "stored")
            if is_open
            else ("kind", "title", "stored", "url")
        )

    @admin.display(description="已上传")
    def stored(self, evidence: AbstractEvidence) -> str:
        if evidence.pk is None or not evidence.file:  # a file that was refused is not stored
            return "—"
        address = evidence_address(evidence)
        if evidence.kind == EvidenceKind.PHOTO:
            return format_html(
                '<a href="{0}"><img class="evidence" src="{0}?width=480" alt="{1}"></a>', address, evidence.title
            )
        return format_html('<a href="{}">打开</a>', address)


class EvidencedAdmin(FactAdmin[AnyEvidenced]):
    """Its form is an `EvidencedForm`, its inline an `AbstractEvidenceInline`."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.evidence_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_evidence"
        return [path("<path:object_id>/evidence/<int:position>/", view, name=name), *super().get_urls()]

    def save_related(self, request, form, formsets, change):
        form.save_parts()
        super().save_related(request, form, formsets, change)

    def get_deleted_objects(self, objs, request):
        return [str(fact) for fact in objs], {self.opts.verbose_name: len(objs)}, set(), []

    def delete_model(self, request, obj):
        """With its evidence."""
        for evidence in obj.evidence.all():
            evidence.delete()
            delete_file_on_commit(evidence.file)
        super().delete_model(request, obj)

    @method_decorator(require_safe)
    def evidence_view(self, request: HttpRequest, object_id: str, position: int) -> FileResponse:
        """A file of a fact that the person may view; those of drafts have no public address."""
        fact = self.visible_row(request, object_id)
        stored = get_object_or_404(fact.evidence.exclude(file=""), position=position).file
        return sent_picture(request, stored)
