"""The pages of readings of indicators, and of checks of what was kept: one person drafts, a reviewer publishes."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from accounts.sessions import signed_in
from common.formats import in_unit, number_text
from common.keys import is_key
from desk.admin.base import display_column, row_or_404
from desk.admin.evidence import AbstractEvidenceInline, AnyEvidenced, EvidencedAdmin
from desk.admin.facts import AnyFact, OwnDraftAdmin
from desk.admin.together import TogetherAdmin
from desk.forms.base import PlannedField
from desk.forms.observations import CheckForm, ObservationForm, ReadingForm
from desk.oddities import Oddity, reading_oddities
from projects.access import is_overseer
from projects.progress import uncorrected
from projects.publishing import current_terms
from tasks.access import leads_now, led_rows, visible_indicators
from tasks.models import Check, CheckEvidence, Commitment, Goal, Indicator, Reading
from tasks.snapshots import IndicatorSnapshot, load_indicators


class ObservationAdmin(OwnDraftAdmin[AnyFact]):
    """Facts by themselves that a later one may correct; `form.subject` is the name of what they are about."""

    form: type[ObservationForm]
    date_hierarchy = "held_on"
    published_hint = "写错了，请起草“更正”。"

    def may_observe(self, request: HttpRequest, fact: AnyFact) -> bool:
        """Whether the person drafts facts about the same."""
        raise NotImplementedError

    def _corrected(self, request: HttpRequest) -> Any:
        if "corrects" not in request.GET:
            return None
        corrected = row_or_404(self.model.objects.published(), request.GET["corrects"])
        if not self.may_observe(request, corrected):
            raise PermissionDenied
        return corrected

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        corrected = self._corrected(request)
        version = self.model.objects.filter(corrects=corrected).first() if corrected else None
        if version:
            self.message_user(request, "已经有更正了，就是这一条。", messages.WARNING)
            return HttpResponseRedirect(self.address("change", version.pk))
        return super().add_view(request, form_url, extra_context)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        return form if obj else partial(form, corrected=self._corrected(request))  # type: ignore[call-arg]  # an ObservationForm

    def _is_correction(self, request: HttpRequest, fact: AnyFact | None) -> bool:
        return fact.corrects_id is not None if fact else "corrects" in request.GET  # type: ignore[attr-defined]  # of both kinds

    def get_fields(self, request, obj=None):
        correction = ("corrects", "correction_reason") if self._is_correction(request, obj) else ()
        return [*super().get_fields(request, obj), *correction]

    def get_readonly_fields(self, request, obj=None):
        fixed = (self.form.subject, "corrects") if self._is_correction(request, obj) else ()
        return (*super().get_readonly_fields(request, obj), *fixed)

    def get_changeform_initial_data(self, request):
        """Only what it is about, from a link of ours."""
        key = request.GET.get(self.form.subject, "")
        return {self.form.subject: key} if is_key(key) else {}

    def object_links(self, request, row):
        is_newest = not self.model.objects.filter(corrects=row).exists()
        may_correct = row.is_published and is_newest and self.has_add_permission(request)
        is_open = may_correct and self.may_observe(request, row)
        links = [("更正", f"{self.address('add')}?corrects={row.pk}")] if is_open else []
        return [*super().object_links(request, row), *links]


@admin.register(Reading)
class ReadingAdmin(TogetherAdmin[Reading], ObservationAdmin[Reading]):
    """The officials of an indicator's departments draft its values; where it has none, one reviewer, for another."""

    form = ReadingForm
    value_text = display_column("value", "数值", lambda row: f"{number_text(row.value)} {row.indicator.unit}")
    display_fields: ClassVar = {"value": "value_text"}
    list_display = ("indicator", "held_on", "value_text", "drafter", "published_on")
    list_filter = (("indicator", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("indicator", "drafted_by")
    search_fields = ("indicator__title", "note")
    together_order = ("-held_on", "indicator__plan", "indicator__number", "pk")
    together_head = ("哪一天", "数值", "上次公布的", "说明")
    fields = ("indicator", "held_on", "value", "note", "source")

    def get_queryset(self, request):
        return super().get_queryset(request).filter(indicator__in=visible_indicators(signed_in(request)))

    def _open_indicators(self, request: HttpRequest):
        user = signed_in(request)
        if not is_overseer(user):
            return led_rows(Indicator, user)
        return Indicator.objects.exclude(pk__in=[key for key, slugs in leads_now(Indicator).items() if slugs])

    def may_observe(self, request, fact):
        return self._open_indicators(request).filter(pk=fact.indicator_id).exists()

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "indicator":
            kwargs["queryset"] = self._open_indicators(request).published().order_by("-plan__year", "number")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def displayed(self, facts):
        """In a number of queries that doesn't grow with them."""
        today = timezone.localdate()
        known = {one.row.pk: one for one in load_indicators({fact.indicator for fact in facts}, today)}
        return [_displayed(fact, known[fact.indicator_id], today) for fact in facts]

    def oddities(self, reading: Reading) -> tuple[Oddity, ...]:
        """Shown to the drafter and to the reviewer who publishes."""
        published = list(Reading.objects.published().filter(indicator=reading.indicator_id))
        target = current_terms(reading.indicator)["target"]
        return reading_oddities(reading, target, uncorrected(published), timezone.localdate())

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None and not (obj.is_published or context["errors"]):
            context["oddities"] = self.oddities(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def response_post_save_add(self, request, obj):
        return self._page_if_odd(obj) or super().response_post_save_add(request, obj)

    def response_post_save_change(self, request, obj):
        return self._page_if_odd(obj) or super().response_post_save_change(request, obj)

    def _page_if_odd(self, reading: Reading) -> HttpResponseRedirect | None:
        return HttpResponseRedirect(self.address("change", reading.pk)) if self.oddities(reading) else None

    def public_address(self, fact, entry):
        return reverse("indicators", args=[fact.indicator.plan.year])


def _displayed(reading: Reading, known: IndicatorSnapshot, today: date) -> tuple[Sequence[str], Sequence[str]]:
    before = [one for one in known.readings if one.held_on < reading.held_on]
    last = f"{in_unit(before[-1].value, reading.indicator.unit)}（{before[-1].held_on}）" if before else "没有"
    odd = reading_oddities(reading, known.terms.target, known.readings, today)
    cells = (str(reading.held_on), in_unit(reading.value, reading.indicator.unit), last, reading.note)
    return cells, [oddity.text for oddity in odd]


class OwnEvidenceInline(AbstractEvidenceInline):
    """What lies with a fact, which only whoever drafted it changes."""

    def is_fixed(self, request, row):
        return super().is_fixed(request, row) or row.drafted_by != request.user


class PromiseObservationAdmin(EvidencedAdmin[AnyEvidenced], ObservationAdmin[AnyEvidenced]):
    """What any reviewer may draft of a promise, with evidence, and another publishes."""

    def get_fields(self, request, obj=None):
        kept = ["is_evidence_kept"] if obj is None and self._is_correction(request, obj) else []
        return [*super().get_fields(request, obj), *kept]

    def may_observe(self, request, fact):
        return True

    def public_address(self, fact, entry):
        return reverse("project", args=[fact.commitment.project.slug])


class CheckEvidenceInline(OwnEvidenceInline):
    model = CheckEvidence


@admin.register(Check)
class CheckAdmin(TogetherAdmin[Check], PromiseObservationAdmin[Check]):
    """回头看: one reviewer drafts what somebody found, another publishes."""

    inlines = (CheckEvidenceInline,)

    form = CheckForm
    list_display = ("commitment", "held_on", "observer", "finding", "drafter", "published_on")
    list_filter = ("finding", "observer")
    list_select_related = ("commitment__series", "commitment__project", "drafted_by")
    search_fields = ("commitment__project__title", "text")
    together_parts = ("evidence",)
    together_head = ("哪一天", "谁看的", "看到什么", "怎么说的", "佐证材料")
    fields = ("commitment", "held_on", "observer", "finding", "text", "source")

    def displayed(self, facts):
        return [
            (
                (
                    str(fact.held_on),
                    fact.get_observer_display(),
                    fact.get_finding_display(),
                    fact.text,
                    "、".join(one.title or one.get_kind_display() for one in fact.evidence.all()),
                ),
                (),
            )
            for fact in facts
        ]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "commitment":
            kwargs["form_class"] = PlannedField
            finished = Commitment.objects.published().filter(goal=Goal.FINISH)
            kwargs["queryset"] = finished.select_related("series__plan", "project").order_by(
                "-series__plan__year", "series", "number"
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
