"""The forms of readings of indicators and of checks."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils import timezone

from common.keys import is_key
from desk.forms.base import add_reasons, set_publicity
from desk.forms.evidence import EvidencedForm
from projects.publishing import publication_errors
from tasks.models import Check, Indicator, Reading
from tasks.publishing import check_errors


class ObservationForm(forms.ModelForm):
    """Shows at once every error for which the fact could not be published. A correction begins with what it corrects."""

    subject: ClassVar[str]
    copied: ClassVar[tuple[str, ...]]

    def __init__(self, *args, corrected: Any = None, **kwargs):
        super().__init__(*args, **kwargs)
        set_publicity(self, neither=("is_evidence_kept",))
        self.corrected = corrected
        if corrected:
            setattr(self.instance, self.subject, getattr(corrected, self.subject))
            self.instance.corrects = corrected
            self.initial.update({name: getattr(corrected, name) for name in self.copied})

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        if not {self.subject, "held_on"} & self.errors.keys():
            places: Mapping[str, str] = {}
            add_reasons(self, self.reasons(timezone.localdate()), places)

    def reasons(self, day: date) -> Iterable[str]:
        """Why the fact could not be published on `day`."""
        return publication_errors(self.instance, day)


class ReadingForm(ObservationForm):
    subject, copied = "indicator", ("held_on", "value", "note")

    class Meta:
        model = Reading
        fields = ("indicator", "held_on", "value", "note", "source", "correction_reason")

    def unit_of(self, _name: str) -> str:
        """The unit of the indicator that is chosen in the same form; empty where none is."""
        key = str(self.instance.indicator_id or self.data.get(self.add_prefix("indicator"), ""))
        indicator = Indicator.objects.filter(pk=key).first() if is_key(key) else None
        return indicator.unit if indicator else ""


class CheckForm(EvidencedForm, ObservationForm):
    subject, copied = "commitment", ("held_on", "observer", "finding", "text")

    class Meta:
        model = Check
        fields = ("commitment", "held_on", "observer", "finding", "text", "source", "correction_reason")

    def reasons(self, day):
        """Those of its evidence apart: what is stored may be replaced in the same form."""
        return check_errors(self.instance, day)
