"""The forms that write, correct and withdraw an article, those of its pictures, and the rich text widget."""

from datetime import date

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.utils import timezone
from js_asset import ImportMap, Media, Script

from common.as_of import DAY_LIMITS, is_recordable
from common.form_fields import LineField, TextField
from common.formsets import FilesFormSet
from common.media.uploads import (
    CleanFile,
    CleanFileField,
    CleanFilesField,
    ConsentField,
    ask_to_choose_again,
    clean_document,
    clean_photo,
    title_of,
)
from desk.forms.base import delete_file_on_commit
from news.cleaning import clean, count_images, normalize_body, pictures_in, text_of
from news.models import Article, ArticleImage, State
from projects.models import Milestone

PHOTO_TYPES = "image/jpeg,image/png,image/webp"
PHOTO_HELP = "JPEG、PNG 或 WebP，最多 15 MB。"
PHOTOS_HELP = "可以一次选几张，最多 20 张；JPEG、PNG 或 WebP，每张最多 15 MB。"
MOST_PICTURES = 20
ALT_WANTED = "发布以前，每张图都要写图里有什么。"
LONGEST_MARKUP = 100_000  # characters with the tags; the model limits the text without them
# Once readers have seen the article, a change of these fields needs a correction note.
PUBLIC_FIELDS = frozenset(
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
        "attachment",
        "attachment_title",
        "is_attachment_removed",
    }
)
NOTE_WANTED = "读者已经看到这篇新闻了：写明改了哪里、为什么。"
NOTE_LABEL = "这次改了哪里、为什么"


class RichTextarea(AdminTextareaWidget):
    """A textarea that becomes the rich text editor where scripts run; without them it takes plain text."""

    def __init__(self, attrs: dict | None = None):
        super().__init__({"rows": 16, "data-rich-text": "", **(attrs or {})})

    @property
    def media(self) -> Media:
        return Media(
            importmap=ImportMap(
                {"django-prose-editor/editor": "django_prose_editor/editor.js", "news/pasting": "js/pasting.js"}
            ),
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
        """Markup is cleaned, as it is for readers; plain text is shown as it was typed."""
        return clean(value) if value and value.lstrip().startswith("<") else super().format_value(value)

    def use_required_attribute(self, initial) -> bool:
        return False  # a browser can't show its message at a hidden textarea


def _recordable(day: date | None) -> date | None:
    """The same day. Raises ValidationError outside of the recordable years."""
    if not is_recordable(day):
        raise forms.ValidationError(DAY_LIMITS)
    return day


class MarkupField(TextField):
    display_text = staticmethod(text_of)


class ArticleForm(forms.ModelForm):
    body = MarkupField(
        label="正文",
        max_length=LONGEST_MARKUP,
        widget=RichTextarea,
        help_text="空一行就是另起一段。图片写成单独一段的 [图1]，编号在下面“正文里的图片”里；没写到的图片排在正文后面。",
    )
    cover = CleanFileField(
        label="封面图片",
        required=False,
        cleaner=clean_photo,
        accept=PHOTO_TYPES,
        help_text=PHOTO_HELP,
    )
    is_cover_consented = ConsentField()
    is_cover_removed = forms.BooleanField(label="去掉封面图片", required=False)
    attachment = CleanFileField(
        label="附件（PDF）",
        required=False,
        cleaner=clean_document,
        accept="application/pdf",
        help_text="一份 PDF，最多 15 MB；读者在正文下面下载。",
    )
    is_attachment_removed = forms.BooleanField(label="去掉附件", required=False)
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
            "attachment",
            "attachment_title",
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
        # For PictureFormSet, which is validated after this form has assigned its values to the article.
        article.was_public, article.has_correction_note = self.is_public, False
        self.n_foreign_pictures = 0
        if published_at := self.fields.get("published_at"):  # read-only once readers have seen the article
            for part, label in zip(published_at.widget.widgets, ("发布日期", "发布时刻"), strict=True):
                part.attrs["aria-label"] = label
        ask_to_choose_again(self)

    def clean_body(self) -> str:
        self.n_foreign_pictures = count_images(self.cleaned_data["body"])
        body = normalize_body(self.cleaned_data["body"])
        if not body:
            raise forms.ValidationError("正文还没有写。")
        return body

    def clean_happened_on(self):
        return _recordable(self.cleaned_data["happened_on"])

    def clean_published_at(self):
        """Moments are stored in UTC, where the first hours of the year 1 in Shanghai would be in a year 0."""
        moment = self.cleaned_data["published_at"]
        _recordable(moment and moment.date())
        return moment

    def clean(self):
        super().clean()
        data = self.cleaned_data
        self._clean_cover_texts(data)
        self._clean_attachment(data)
        if data.get("is_published") and not data.get("published_at") and "published_at" not in self.errors:
            data["published_at"] = timezone.now()
        self.instance.has_correction_note = bool(data.get("correction"))
        if self.is_public and self.corrected() and not data.get("correction") and "correction" not in self.errors:
            self.add_error("correction", NOTE_WANTED)
        return data

    def _clean_cover_texts(self, data: dict) -> None:
        is_new = "cover" in self.changed_data
        if data.get("is_cover_removed") and not is_new:
            data["cover"] = False  # what a FileField cleans to where it is cleared
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

    def _clean_attachment(self, data: dict) -> None:
        """Without a title, it is named after its file; a removed one has no title."""
        is_new = "attachment" in self.changed_data
        if data.get("is_attachment_removed") and not is_new:
            data["attachment"] = False
        attached = data.get("attachment")
        if not attached:
            data["attachment_title"] = ""
        elif not data.get("attachment_title") and "attachment_title" not in self.errors:
            data["attachment_title"] = title_of(getattr(attached, "sent_as", "")) or "附件"

    def corrected(self) -> frozenset[str]:
        """The changed fields that readers see; `body` only where its cleaned markup differs."""
        changed = PUBLIC_FIELDS.intersection(self.changed_data)
        return changed - {"body"} if self.cleaned_data.get("body") == self.initial.get("body") else changed


class PictureForm(forms.ModelForm):
    """A new form takes several files with one credit and one consent; the form of a stored picture takes one file."""

    file = CleanFileField(label="图片", cleaner=clean_photo, accept=PHOTO_TYPES, help_text=PHOTO_HELP)
    is_consented = ConsentField(required=True)

    class Meta:
        model = ArticleImage
        fields = ("file", "alt", "caption", "credit", "is_consented")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.files_chosen: list[CleanFile] = []
        self.is_new = self.instance.pk is None
        if self.is_new:
            self.fields["file"] = CleanFilesField(
                label="图片", cleaner=clean_photo, accept=PHOTO_TYPES, most=MOST_PICTURES, help_text=PHOTOS_HELP
            )
            self.fields["alt"].help_text += "一次选了几张的，这里先空着，保存以后一张一张写。"
        ask_to_choose_again(self)

    def clean(self):
        super().clean()
        data = self.cleaned_data
        if self.is_new:
            self.files_chosen = data.get("file") or []
            data["file"] = self.files_chosen[0] if self.files_chosen else None
        return data

    def rows(self) -> list[ArticleImage]:
        """The unsaved rows of a new form, one a file. The alternative text describes one picture, so only the first has it."""
        first = self.instance
        shared = {name: getattr(first, name) for name in ("article", "caption", "credit", "is_consented")}
        return [first, *(ArticleImage(file=file, **shared) for file in self.files_chosen[1:])]


class PictureFormSet(FilesFormSet):
    """New pictures are numbered after the stored ones, in the order of the form."""

    number, most, item_words = "number", MOST_PICTURES, ("张", "图片")

    def clean(self):
        article = self.instance
        if getattr(article, "was_public", False) and self._is_changed() and not article.has_correction_note:
            raise forms.ValidationError(f"换了图片也是更正。{NOTE_WANTED}")
        super().clean()
        if article.is_published:
            self._require_alt_texts()
        missing = sorted(set(pictures_in(article.body or "")) - self._numbers())
        if missing and not any("file" in form.errors for form in self.forms):
            raise forms.ValidationError(f"正文里写了 [图{missing[0]}]，可是没有这张图片。")

    def _require_alt_texts(self) -> None:
        for form in self.remaining_forms():
            if len(form.files_chosen) > 1:
                form.add_error("file", f"{ALT_WANTED}请先不勾“发布”，存成草稿，写好再发布；或者一张一张传。")
            elif not form.cleaned_data.get("alt") and "alt" not in form.errors:
                form.add_error("alt", ALT_WANTED)

    def _is_changed(self) -> bool:
        return any(form.has_changed() or form in self.deleted_forms for form in self.forms)

    def _numbers(self) -> set[int]:
        """Those of the pictures once the form is saved."""
        offered, last = self.remaining_forms(), self.last_number()
        n_new = sum(len(form.files_chosen) for form in offered)
        return {form.instance.number for form in offered if not form.is_new} | set(range(last + 1, last + 1 + n_new))

    def save(self, commit=True):
        saved = super().save(commit)
        for form in self.initial_forms:
            if "file" in form.changed_data or form in self.deleted_forms:
                delete_file_on_commit(form.initial.get("file"))
        return saved


class WithdrawalForm(forms.Form):
    reason = TextField(
        label="撤回原因",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="读者看得到，例如“会议改期，文中的时间不对”。",
        error_messages={"required": "撤回要写明原因。"},
    )
