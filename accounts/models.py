"""The audit trail, the accounts whose password was set by somebody else, and what the site says of itself."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ClassVar

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.signals import pre_delete, pre_save
from django.dispatch import receiver
from django.utils import timezone

from common.model_fields import CharField, TokenField, URLField

_is_pruning: ContextVar[bool] = ContextVar("is_pruning", default=False)


class AppendOnlyError(Exception):
    """A write would change or delete a record of the audit trail."""

    def __init__(self):
        super().__init__("审计记录只能增加，不能修改或删除。")


@contextmanager
def pruning() -> Iterator[None]:
    """Within, records may be deleted; for `manage.py prune_audit` only."""
    token = _is_pruning.set(True)
    try:
        yield
    finally:
        _is_pruning.reset(token)


class AuditQuerySet(models.QuerySet["AuditRecord"]):
    def update(self, **values):
        raise AppendOnlyError

    def bulk_create(self, *args, **kwargs):
        raise AppendOnlyError

    def append(self, records: "Sequence[AuditRecord]") -> None:
        """Those that are not stored yet, in few statements."""
        if any(one.pk is not None for one in records):
            raise AppendOnlyError
        super().bulk_create(records)  # type: ignore[arg-type]  # the stubs don't follow the name in quotes

    def _raw_delete(self, using):
        # Django calls this to delete without signals, and anybody could call it.
        if not _is_pruning.get():
            raise AppendOnlyError
        return super()._raw_delete(using)


class AuditAction(models.TextChoices):
    SIGN_IN = "SIGN_IN", "登录"
    SIGN_OUT = "SIGN_OUT", "退出登录"
    FAILURE = "FAILURE", "登录失败"
    LOCKOUT = "LOCKOUT", "锁定登录"
    UNLOCK = "UNLOCK", "解除锁定"
    PASSWORD = "PASSWORD", "换自己的密码"
    RESET = "RESET", "重设别人的密码"
    ADD = "ADD", "新增"
    CHANGE = "CHANGE", "修改"
    DELETE = "DELETE", "删除"
    SUBMIT = "SUBMIT", "送审"
    WITHDRAW = "WITHDRAW", "撤回"
    RETURN = "RETURN", "退回"
    PUBLISH = "PUBLISH", "公布"
    REDACT = "REDACT", "依法隐去"
    EXPORT = "EXPORT", "导出"
    PRUNE = "PRUNE", "清理审计记录"


class AuditRecord(models.Model):
    """One action in the admin. Only `accounts.audit_log` creates these.

    `changes` is a list of [label, before, after], null where the field was or is empty. Of a free text of the public record
    it has the length and digest only, since that may have to be hidden one day.
    """

    at = models.DateTimeField("时间", default=timezone.now, db_index=True)
    kind = models.CharField("做了什么", max_length=10, choices=AuditAction.choices)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="账号"
    )
    person_name = models.CharField("谁", max_length=200, blank=True)
    address = models.GenericIPAddressField("从哪里", null=True, blank=True)
    agent = models.CharField("浏览器", max_length=200, blank=True)
    subject = models.CharField("关于", max_length=250, blank=True)
    subject_key = models.CharField("编号", max_length=100, blank=True)
    changes = models.JSONField("原来 → 现在", default=list, blank=True)
    note = models.CharField("说明", max_length=250, blank=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "审计记录"
        ordering: ClassVar = ["-at", "-pk"]
        base_manager_name = "objects"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=AuditAction.values),
                name="huozhou_portal_auditrecord_kind_known",
                violation_error_message="没有这一种审计记录。",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=True) | ~Q(person_name=""),
                name="huozhou_portal_auditrecord_named",
                violation_error_message="有账号的，要写明当时的名字。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}（{timezone.localtime(self.at):%Y-%m-%d %H:%M}）"


@receiver(pre_save, sender=AuditRecord)
def _refuse_change(sender, instance, using, **kwargs):
    # A signal, because loading a fixture calls Model.save_base and not save().
    if instance.pk is not None and sender.objects.using(using).filter(pk=instance.pk).exists():
        raise AppendOnlyError


@receiver(pre_delete, sender=AuditRecord)
def _refuse_deletion(sender, **kwargs):
    if not _is_pruning.get():
        raise AppendOnlyError


class GivenPassword(models.Model):
    """The user's password was set by somebody else, who therefore knows it. Deleted when the user chooses another one."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, primary_key=True, related_name="given_password", verbose_name="账号"
    )
    at = models.DateTimeField("什么时候", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "别人设的密码"

    def __str__(self) -> str:
        return str(self.user)


class SiteSettings(models.Model):
    """What the administrator has the site say of itself: one row, none before the first time.

    Each column also is a variable of the environment, which wins where it is set (`accounts.publisher`).
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    site_name = CharField(
        "网站名称", max_length=40, blank=True, help_text="写上市县的名字，例如 青禾市年度承诺公开；每一页的标题里都有。"
    )
    site_organizer = CharField(
        "主办单位", max_length=60, blank=True, help_text="例如 青禾市人民政府，写在每一页的页脚。"
    )
    site_undertaker = CharField("承办单位", max_length=60, blank=True, help_text="替主办单位管这个网站的，没有就不填。")
    contact_line = CharField(
        "联系方式",
        max_length=100,
        blank=True,
        help_text="办这个网站的怎么找，例如 0357-0000000（工作日 8:00–18:00）；居民点一下就能拨。",
    )
    complaint_line = CharField(
        "监督投诉电话",
        max_length=100,
        blank=True,
        help_text="12345 以外，居民还可以打给谁，例如 督查室 0357-0000000；写在页脚和“情况不符？”里。",
    )
    site_id_code = TokenField(
        "政府网站标识码",
        max_length=10,
        blank=True,
        help_text="10 位；填了以后，每一页才带规定的标签。",
        validators=[RegexValidator(r"\A[A-Za-z0-9]{10}\Z", "政府网站标识码是 10 位数字或字母。")],
    )
    icp_number = CharField("ICP 备案号", max_length=60, blank=True, help_text="原样写在页脚。")
    police_number = CharField("公安备案号", max_length=60, blank=True, help_text="原样写在页脚。")
    official_mark_url = URLField("党政机关网站标识的网址", max_length=500, blank=True)
    site_error_url = URLField("“我为政府网站找错”的网址", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "网站信息"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(id=1),
                name="huozhou_portal_sitesettings_one",
                violation_error_message="网站信息只有一份。",
            )
        ]

    def __str__(self) -> str:
        return self.site_name or "还没有填网站名称"
