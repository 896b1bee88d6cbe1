from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.audit_log import record
from accounts.models import AuditAction, AuditRecord, pruning

LEAST_DAYS = 180


class Command(BaseCommand):
    help = "Delete audit records older than so many days, and leave a record of that."

    def add_arguments(self, parser):
        parser.add_argument("--days", type=int, default=LEAST_DAYS, help="what is older is deleted; at least 180")
        parser.add_argument("--dry-run", action="store_true", help="only print how many would be deleted")

    def handle(self, *, days, dry_run, **options):
        if not LEAST_DAYS <= days < 36_500:
            raise CommandError(f"审计记录至少保留 {LEAST_DAYS} 天。")
        before = timezone.now() - timedelta(days=days)
        old = AuditRecord.objects.filter(at__lt=before)
        description = f"{timezone.localtime(before):%Y-%m-%d %H:%M} 以前的审计记录"
        if dry_run:
            self.stdout.write(f"{description}有 {old.count()} 条，没有删除。")
            return
        with transaction.atomic(), pruning():
            n_deleted, _ = old.delete()
            if n_deleted:
                record(AuditAction.PRUNE, name="（命令 prune_audit）", note=f"删除了{description} {n_deleted} 条")
        self.stdout.write(f"删除了{description} {n_deleted} 条。")
