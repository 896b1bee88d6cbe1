"""Where a request comes from, behind as many proxies as the installation has."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104  # nosec B104 # no address to listen on


def address_of(request: HttpRequest) -> str | None:
    return address_in(request.META)


def address_in(environ: Mapping[str, Any]) -> str | None:
    """The visitor's address, None where there is none, as behind a socket without a proxy.

    Each proxy appends whom it heard to X-Forwarded-For: of the right-hand entries as many are true as there are proxies,
    everything further left the visitor may have made up.
    """
    heard = [part.strip() for part in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    told = heard[-settings.PROXY_COUNT] if 0 < settings.PROXY_COUNT <= len(heard) else ""
    address = _read(told) or _read(environ.get("REMOTE_ADDR", ""))
    return str(address) if address else None


def _read(text: str) -> IPv4Address | IPv6Address | None:
    """The address in an entry, which some proxies write with a port; None for what is no address."""
    host = text.rpartition(":")[0] if text.count(":") == 1 else text
    if text.startswith("["):
        host = text[1:].partition("]")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or IPv6Address(int(address))  # without the zone
    return address


def network_in(environ: Mapping[str, Any]) -> str:
    return client_network(address_in(environ))


def client_network(address: str | None) -> str:
    """What counts as one when guesses and places are counted: an IPv4 address, or the /64 of which a line gets a whole one."""
    if address is None:
        return UNKNOWN
    return str(ip_network(f"{address}/64", strict=False).network_address) if ":" in address else address
