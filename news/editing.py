"""The forms by which an article is written, corrected and withdrawn, with its pictures and its editor."""

from datetime import date

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Max
from django.utils import timezone
from js_asset import ImportMap, Media, Script

from huozhou_portal.as_of import DAY_LIMITS, is_recordable
from huozhou_portal.form_fields import LineField, TextField
from huozhou_portal.formsets import BoundedFormSet
from huozhou_portal.uploads import ConsentField, clean_photo
from news.markup import clean, pictures_in, text_of, written
from news.models import Article, ArticleImage, State
from projects.forms import forget_file
from projects.models import Milestone

PHOTO_TYPES = "image/jpeg,image/png,image/webp"
PHOTO_HELP = "JPEG、PNG 或 WebP，最多 15 MB。"
LONGEST_MARKUP = 100_000  # characters, tags included; the text alone has a limit of its own
# A change of these is a correction, once readers have seen the article.
TOLD = frozenset(
    {
        "title",
        "summary",
        "body",
        "happened_on",
        "source",
        "cover",
        "cover_alt",
        "cover_credit",
        "is_cover_removed",
    }
)
NOTE_WANTED = "读者已经看到这篇新闻了：写明改了哪里、为什么。"
NOTE_LABEL = "这次改了哪里、为什么"


class RichTextarea(AdminTextareaWidget):
    """A textarea that the editor takes over where scripts run; elsewhere it takes plain text."""

    def __init__(self, attrs: dict | None = None):
        super().__init__({"rows": 16, "data-rich-text": "", **(attrs or {})})

    @property
    def media(self) -> Media:
        return Media(
            importmap=ImportMap({"django-prose-editor/editor": "django_prose_editor/editor.js"}),
            css={
                "all": [
                    "django_prose_editor/material-icons.css",
                    "django_prose_editor/editor.css",
                    "django_prose_editor/overrides.css",
                ]
            },
            js=[Script("js/rich-text.js", type="module")],
        )

    def format_value(self, value):
        """Cleaned for the editor as for readers, whatever is in the row; plain text stays as it was typed."""
        return clean(value) if value and value.lstrip().startswith("<") else super().format_value(value)

    def use_required_attribute(self, initial) -> bool:
        return False  # a browser can't lead anybody to a hidden textarea


def _recordable(day: date | None) -> date | None:
    if not is_recordable(day):
        raise forms.ValidationError(DAY_LIMITS)
    return day


class MarkupField(TextField):
    as_told = staticmethod(text_of)


class ArticleForm(forms.ModelForm):
    body = MarkupField(
        label="正文",
        max_length=LONGEST_MARKUP,
        widget=RichTextarea,
        help_text="空一行就是另起一段。图片写成单独一段的 [图1]，编号在下面“正文里的图片”里；没写到的图片排在正文后面。",
    )
    cover = forms.FileField(
        label="封面图片",
        required=False,
        widget=forms.FileInput(attrs={"accept": PHOTO_TYPES}),
        help_text=PHOTO_HELP,
    )
    is_cover_consented = ConsentField()
    is_cover_removed = forms.BooleanField(label="去掉封面图片", required=False)
    correction = LineField(
        label=NOTE_LABEL,
        required=False,
        max_length=300,
        help_text="改了读者看得到的内容，就必须写，例如“把 3 公里改为 3.5 公里，原来的数写错了”；写在正文上面，注明日期。",
    )
    milestone = forms.ModelChoiceField(
        Milestone.objects.published(), required=False, label="节点", widget=forms.HiddenInput
    )

    class Meta:
        model = Article
        fields = (
            "title",
            "slug",
            "summary",
            "body",
            "happened_on",
            "source",
            "cover",
            "cover_alt",
            "cover_credit",
            "is_cover_consented",
            "tasks",
            "projects",
            "milestone",
            "is_published",
            "published_at",
        )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        article = self.instance
        self.is_public = article.pk is not None and article.state_at(timezone.now()) is State.PUBLISHED
        # For the pictures, which are checked once this form's values are in the article.
        article.was_public, article.is_told = self.is_public, False

    def clean_body(self) -> str:
        body = written(self.cleaned_data["body"])
        if not body:
            raise forms.ValidationError("正文还没有写。")
        return body

    def clean_cover(self):
        cover = self.cleaned_data["cover"]
        return clean_photo(cover) if isinstance(cover, UploadedFile) else cover

    def clean_happened_on(self):
        return _recordable(self.cleaned_data["happened_on"])

    def clean_published_at(self):
        """Moments are kept in UTC, which knows no first hours of the year 1 in Shanghai."""
        moment = self.cleaned_data["published_at"]
        _recordable(moment and moment.date())
        return moment

    def clean(self):
        data = super().clean()
        self._clean_cover_words(data)
        if data.get("is_published") and not data.get("published_at") and "published_at" not in self.errors:
            data["published_at"] = timezone.now()
        self.instance.is_told = bool(data.get("correction"))
        if self.is_public and self.corrected() and not data.get("correction") and "correction" not in self.errors:
            self.add_error("correction", NOTE_WANTED)
        return data

    def _clean_cover_words(self, data: dict) -> None:
        is_new = "cover" in self.changed_data
        if data.get("is_cover_removed") and not is_new:
            data["cover"] = False  # as a file field spells "cleared"
        if not data.get("cover"):
            return
        for name, missing in {
            "cover_alt": "有封面图片时，要写图片里有什么。",
            "cover_credit": "有封面图片时，要写图片来源。",
        }.items():
            if not data.get(name) and name not in self.errors:
                self.add_error(name, missing)
        if is_new and not data.get("is_cover_consented"):
            self.add_error("is_cover_consented", ConsentField.missing)

    def corrected(self) -> set[str]:
        """What readers see, and would see otherwise."""
        changed = TOLD & set(self.changed_data)
        return changed - {"body"} if self.cleaned_data.get("body") == self.initial.get("body") else changed


class PictureForm(forms.ModelForm):
    file = forms.FileField(label="图片", widget=forms.FileInput(attrs={"accept": PHOTO_TYPES}), help_text=PHOTO_HELP)
    is_consented = ConsentField(required=True)

    class Meta:
        model = ArticleImage
        fields = ("file", "alt", "caption", "credit", "is_consented")

    def clean_file(self):
        file = self.cleaned_data["file"]
        return clean_photo(file) if isinstance(file, UploadedFile) else file


class PictureFormSet(BoundedFormSet):
    """New pictures are numbered behind the old ones, in the order of the form."""

    def clean(self):
        super().clean()
        article = self.instance
        if getattr(article, "was_public", False) and self._is_changed() and not article.is_told:
            raise forms.ValidationError(f"换了图片也是更正。{NOTE_WANTED}")
        missing = sorted(set(pictures_in(article.body or "")) - self._numbers())
        if missing:
            raise forms.ValidationError(f"正文里写了 [图{missing[0]}]，可是没有这张图片。")

    def _is_changed(self) -> bool:
        return any(form.has_changed() or form in self.deleted_forms for form in self.forms)

    def _added(self) -> list[PictureForm]:
        return [form for form in self.extra_forms if form.has_changed() and form not in self.deleted_forms]

    def _last(self) -> int:
        return self.instance.images.aggregate(last=Max("number"))["last"] or 0 if self.instance.pk else 0

    def _numbers(self) -> set[int]:
        kept = {form.instance.number for form in self.initial_forms if form not in self.deleted_forms}
        last = self._last()
        return kept | set(range(last + 1, last + 1 + len(self._added())))

    def save(self, commit=True):
        for number, form in enumerate(self._added(), start=self._last() + 1):
            form.instance.number = number
        saved = super().save(commit)
        for form in self.initial_forms:
            if "file" in form.changed_data or form in self.deleted_forms:
                forget_file(form.initial.get("file"))
        return saved


class WithdrawalForm(forms.Form):
    reason = TextField(
        label="撤回原因",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="读者看得到，例如“会议改期，文中的时间不对”。",
        error_messages={"required": "撤回要写明原因。"},
    )
