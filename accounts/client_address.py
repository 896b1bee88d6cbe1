"""The client's address, taken from X-Forwarded-For behind as many proxies as the setting PROXY_COUNT says."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104  # nosec B104 # no address to listen on


def address_of(request: HttpRequest) -> str | None:
    return address_in(request.META)


def address_in(environ: Mapping[str, Any]) -> str | None:
    """The client's address, from a WSGI environ; None where there is none, such as on a Unix socket without a proxy.

    Each proxy appends the address of its own client to X-Forwarded-For. So only the last PROXY_COUNT entries can be
    trusted; the client can have sent anything to the left of them.
    """
    forwarded = [part.strip() for part in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    entry = forwarded[-settings.PROXY_COUNT] if 0 < settings.PROXY_COUNT <= len(forwarded) else ""
    address = _parse(entry) or _parse(environ.get("REMOTE_ADDR", ""))
    return str(address) if address else None


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    """The address of an entry, to which some proxies add a port; None for anything else."""
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
    """What limits are counted by: an IPv4 address, or the /64 network of an IPv6 one, since a subscriber has a whole /64."""
    if address is None:
        return UNKNOWN
    return str(ip_network(f"{address}/64", strict=False).network_address) if ":" in address else address
