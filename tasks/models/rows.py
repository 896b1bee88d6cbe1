"""What all rows of a plan have in common."""

from typing import ClassVar, cast

from django.db import models

from ledger.guard import Record


class Promised(Record):
    """A row of a plan. `addition` is what brings it, None for the plan itself; `plan_path` leads to the plan."""

    plan_path: ClassVar[str] = "plan"
    addition_id: int | None

    addition = models.ForeignKey(
        "tasks.Addition", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="追加"
    )

    class Meta(Record.Meta):
        abstract = True

    def is_closed(self, using: str) -> bool:
        """What brings it is public already: a plan brings nothing more after that, an addition neither."""
        path = "addition" if self.addition_id else self.plan_path
        first, _, rest = path.partition("__")
        above = cast(type[models.Model], self._meta.get_field(first).related_model)._base_manager.using(using)
        is_public = {f"{rest}__published_on__isnull" if rest else "published_on__isnull": False}
        return above.filter(pk=getattr(self, f"{first}_id"), **is_public).exists()
