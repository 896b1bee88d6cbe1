"""The forms of what deputies said of promises: one by one, and of a whole series from one meeting."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils import timezone

from common.form_fields import AddressField, DayField, LineField, WholeNumberField
from common.media.uploads import CleanFileField, ask_to_choose_again, clean_document
from desk.forms.evidence import EvidencedForm
from desk.forms.observations import ObservationForm
from desk.workbooks.opening import LARGEST
from projects.models import LONGEST_URL
from tasks.models import Commitment, Vote, VotingBody
from tasks.models.votes import MOST_PRESENT
from tasks.publishing import vote_errors

LABELS = {name: str(Vote._meta.get_field(name).verbose_name) for name in (*Vote.answers, "present")}  # type: ignore[union-attr]  # columns
UNITS = {**dict.fromkeys(Vote.answers, "票"), "present": "人"}
ENDINGS = (".xlsx", ".csv", ".xls", ".et")
NOTHING_TYPED = "一项也没有填。"


class VoteForm(EvidencedForm, ObservationForm):
    subject, copied = "commitment", ("held_on", "body", "meeting", "present", *Vote.answers)

    class Meta:
        model = Vote
        fields = ("commitment", "held_on", "body", "meeting", "present", *Vote.answers, "source", "correction_reason")

    def reasons(self, day: date):
        """Those of where it was read apart: what is stored may be replaced in the same form."""
        return vote_errors(self.instance, day)


class VoteTableForm(forms.Form):
    """Sends a table, which is read into the other form; nothing is stored."""

    table = forms.FileField(
        label="测评结果表",
        help_text="一行一项，列名是项目名称（或序号）、满意、基本满意、不满意、到会人数。Excel（.xlsx、.xls）、WPS（.et）或 .csv。",
        widget=forms.FileInput(attrs={"accept": ",".join(ENDINGS)}),
        error_messages={"required": "请选一个文件。"},
    )

    def clean_table(self):
        table = self.cleaned_data["table"]
        if table.size > LARGEST:
            raise ValidationError(f"文件最大 {LARGEST // 1024 // 1024} MB。请只留下测评结果那张表，另存一份再传。")
        return table


@dataclass(frozen=True)
class VoteLine:
    """A row of the table: a promise with a box for each number."""

    commitment: Commitment
    boxes: tuple[BoundField, ...]


class VotesForm(forms.Form):
    """What one meeting said of a series: typed once where it is the same, and a row for each promise. `votes` are unsaved."""

    held_on = DayField(label="哪一天测评的", is_past=True)
    body = forms.ChoiceField(label="谁测评的", choices=VotingBody.choices)
    meeting = LineField(label="哪次会议", required=False, max_length=200, help_text="会议的全称，没有就留空。")
    present_at_all = WholeNumberField(
        label="到会人数", required=False, min_value=1, max_value=MOST_PRESENT, unit="人",
        help_text="每一项都一样的，只写这里；哪一项不一样，写在那一行。",
    )  # fmt: skip
    title = LineField(
        label="出处：名称和文号", max_length=200, help_text="结果登在哪份公告、哪条消息里。公布以后居民看得到。"
    )
    url = AddressField(label="网址", required=False, max_length=LONGEST_URL, assume_scheme="https")
    file = CleanFileField(
        label="文件（PDF）", required=False, cleaner=clean_document, accept="application/pdf",
        help_text="网上没有公开的，传 PDF，最多 15 MB；每一项都附上一份。和网址只要一样。",
    )  # fmt: skip

    def __init__(self, *args, commitments: Sequence[Commitment], **kwargs):
        super().__init__(*args, **kwargs)
        self.commitments = commitments
        self.votes: list[Vote] = []
        for commitment in commitments:
            self.fields |= {f"{commitment.pk}-{name}": _box(commitment, name) for name in LABELS}
        for name in ("meeting", "title", "url"):
            self.fields[name].widget.attrs["class"] = "vTextField"
        ask_to_choose_again(self)

    def head(self) -> list[BoundField]:
        """What is the same for all of them."""
        return [self[name] for name in self.fields if not name[0].isdigit()]

    def lines(self) -> Iterator[VoteLine]:
        for commitment in self.commitments:
            yield VoteLine(commitment, tuple(self[f"{commitment.pk}-{name}"] for name in LABELS))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("url") and data.get("file"):
            self.add_error("url", "传了文件，又写了网址。请留下一样。")
        typed = [one for one in self.commitments if any(self._is_typed(one, name) for name in LABELS)]
        if not typed:
            self.add_error(None, NOTHING_TYPED)
        for commitment in typed:
            self._read_line(commitment, data)
        return data

    def _is_typed(self, commitment: Commitment, name: str) -> bool:
        key = f"{commitment.pk}-{name}"
        return self.cleaned_data.get(key) is not None or key in self.errors

    def _read_line(self, commitment: Commitment, data: Mapping[str, Any]) -> None:
        counts = {name: data.get(f"{commitment.pk}-{name}") for name in LABELS}
        if counts["present"] is None:
            counts["present"] = data.get("present_at_all")
        for name, count in counts.items():
            key = f"{commitment.pk}-{name}"
            is_wrong = key in self.errors or (name == "present" and "present_at_all" in self.errors)
            if count is None and not is_wrong:
                self.add_error(key, "没有写。" if name == "present" else "没有写；没有人选的写 0。")
        if any(f"{commitment.pk}-{name}" in self.errors for name in LABELS) or None in counts.values():
            return
        vote = Vote(commitment=commitment, meeting=data.get("meeting", ""), body=data.get("body", ""), **counts)
        if data.get("held_on"):
            vote.held_on = data["held_on"]
            self._add_errors(vote)
        self.votes.append(vote)

    def _add_errors(self, vote: Vote) -> None:
        """Everything for which it could not be published: what is wrong with the day once at the day, the rest, as another
        vote on the same promise that day, at the first box of its row."""
        first = f"{vote.commitment_id}-{Vote.answers[0]}"
        for reason in dict.fromkeys([*_constraint_errors(vote), *vote_errors(vote, timezone.localdate())]):
            about, row = getattr(reason, "about", ""), getattr(reason, "row", None)
            place = "held_on" if about == "held_on" and not isinstance(row, Vote) else first
            if str(reason) not in self.errors.get(place, ()):
                self.add_error(place, str(reason))


def _constraint_errors(vote: Vote) -> list[str]:
    try:
        vote.validate_constraints(exclude={"code"})
    except ValidationError as error:
        return [text for texts in error.message_dict.values() for text in texts]
    return []


def _box(commitment: Commitment, name: str) -> WholeNumberField:
    box = WholeNumberField(
        label=f"{commitment}：{LABELS[name]}",
        required=False,
        min_value=0,
        max_value=MOST_PRESENT,
        unit=UNITS[name],
    )
    box.widget.attrs |= {"aria-label": box.label, "size": "6", "autocomplete": "off"}
    return box
