"""What the site says of itself on every page: its name, who runs it, how to reach them.

The administrator sets it at the desk (`accounts.models.SiteSettings`). A variable of the environment that is set wins.
Every process keeps the row in memory; it is read anew whenever the public state is polled, before any page of the new
version is made, and where it was saved.
"""

from dataclasses import dataclass, fields

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from accounts.models import SiteSettings
from common.lru_cache import LRUCache

UNNAMED = "年度承诺公开"  # the site's name until it has one


@dataclass(frozen=True)
class Publisher:
    """Texts, and addresses of pages; an empty one is left out on the pages. `site_name` is never empty."""

    site_name: str
    site_organizer: str
    site_undertaker: str
    contact_line: str
    complaint_line: str
    site_id_code: str
    icp_number: str
    police_number: str
    official_mark_url: str
    site_error_url: str

    @property
    def author(self) -> str:
        """Who is named as the author of feeds."""
        return self.site_organizer or self.site_name


NAMES = tuple(field.name for field in fields(Publisher))


class _Row:
    """The stored row, kept until it is read anew: a dictionary by column, whose texts are empty where there is no row."""

    def __init__(self) -> None:
        self.cache: LRUCache[dict[str, str]] = LRUCache(1)
        self.n_renewals = 0

    def get(self) -> dict[str, str]:
        # What was read before a change must not be kept after it.
        number = self.n_renewals
        return self.cache.get(None, self._read, is_valid=lambda: self.n_renewals == number)

    def renew(self) -> None:
        self.n_renewals += 1
        number, row = self.n_renewals, self._read()
        if self.n_renewals == number:
            self.cache.put(None, row)

    def drop(self) -> None:
        self.n_renewals += 1
        self.cache.clear()

    @staticmethod
    def _read() -> dict[str, str]:
        return SiteSettings.objects.values(*NAMES).first() or dict.fromkeys(NAMES, "")


_row = _Row()


def publisher() -> Publisher:
    """As things are now; a query only where this process has no row in memory."""
    row = _row.get()
    values = {name: fixed_value(name) or row[name] for name in NAMES}
    return Publisher(**values | {"site_name": values["site_name"] or UNNAMED})


def renewed_publisher() -> Publisher:
    """As the database has it now, in one query, kept for whoever asks next."""
    _row.renew()
    return publisher()


def fixed_value(name: str) -> str:
    """What the environment says; empty where the administrator decides. `name` is one of NAMES."""
    return getattr(settings, name.upper())


@receiver([post_save, post_delete], sender=SiteSettings)
def _forget(**kwargs) -> None:
    """At once for what follows in this transaction, and when it is over for everybody who read the old row meanwhile."""
    _row.drop()
    transaction.on_commit(_row.drop)
