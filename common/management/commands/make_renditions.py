from collections.abc import Iterator

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models
from django.db.models.fields.files import FieldFile

from common.media.renditions import has_renditions, renditions_of, write_renditions
from common.media.store import is_disk_full


class Command(BaseCommand):
    help = "给已有的图片补上缺少的缩小版本。可以放心重复运行：已经有的不动。"

    def handle(self, *args, verbosity, **options):
        n_made, unread = 0, []
        for file in stored_pictures():
            try:
                n_made += len(write_renditions(file.storage, str(file)))
            except FileNotFoundError:
                unread.append(file.name)
                continue
            except OSError as error:
                if not is_disk_full(error):
                    raise
                raise CommandError(f"磁盘满了，做到 {file.name} 为止。清出空间后再运行一次。") from error
            if not renditions_of(str(file), file.storage).renditions:
                unread.append(file.name)
        if verbosity:
            self.stdout.write(f"补了 {n_made} 个缩小的图片。")
        for name in unread:
            self.stderr.write(f"读不出图片：{name}")


def stored_pictures() -> Iterator[FieldFile]:
    """Every picture in a file field of any model."""
    for model in apps.get_models():
        for field in [one for one in model._meta.concrete_fields if isinstance(one, models.FileField)]:
            for row in model._base_manager.exclude(**{field.name: ""}).only(field.name).iterator():
                if has_renditions(getattr(row, field.name).name):
                    yield getattr(row, field.name)
