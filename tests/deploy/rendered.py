"""The files of `deploy/` as they run on a test's own ports, in a folder of its own. Nothing else in them is changed."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

DEPLOY = settings.BASE_DIR / "deploy"
UNITS = DEPLOY / "systemd"
COMMON = UNITS / "huozhou-portal-.service.d" / "common.conf"
HOST = "localhost"


@dataclass(frozen=True)
class Place:
    """Where a test's installation is: its folder and its ports on loopback."""

    folder: Path
    application: int
    http: int
    https: int
    city: int  # of the other site, beneath a path of which the portal is mounted

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def env(self) -> Path:
        return self.folder / "settings" / "env"


def substitutions(place: Place) -> list[tuple[str, str]]:
    """Pattern and replacement, in this order. Ports, paths and the name: all that a test may change."""
    folder = str(place.folder)
    return [
        (r"listen 80\b", f"listen 127.0.0.1:{place.http}"),
        (r"listen \[::\]:80\b", f"listen [::1]:{place.http}"),
        (r"listen 443\b", f"listen 127.0.0.1:{place.https}"),
        (r"listen \[::\]:443\b", f"listen [::1]:{place.https}"),
        (r"127\.0\.0\.1:8000\b", f"127.0.0.1:{place.application}"),
        (r"PORT=8000\b", f"PORT={place.application}"),
        (r"zdgz\.example\.gov\.cn", HOST),
        (r"/etc/nginx/(?!mime\.types)", f"{folder}/nginx/"),
        (r"/etc/ssl/huozhou-portal/", f"{folder}/tls/"),
        (r"/etc/huozhou-portal/", f"{folder}/settings/"),
        (r"/var/lib/huozhou-portal", str(place.data)),
        (r"/var/lib/nginx/", f"{folder}/waiting/"),
        (r"/var/cache/nginx/huozhou-portal", f"{folder}/cache"),
        (r"/var/log/nginx/", f"{folder}/logs/"),
        (r"/run/nginx\.pid", f"{folder}/nginx.pid"),
        (r"/opt/huozhou-portal/current", str(settings.BASE_DIR)),
        (r"/usr/local/sbin/portal-offsite", str(DEPLOY / "root" / "portal-offsite")),
    ]


def rendered(file: Path, place: Place) -> str:
    text = file.read_text()
    for pattern, replacement in substitutions(place):
        text = re.sub(pattern, replacement.replace("\\", r"\\"), text)
    return text


def write(place: Place) -> None:
    """nginx's files where the installation puts them, below the folder."""
    nginx = DEPLOY / "nginx"
    files = {
        "nginx.conf": nginx / "nginx.conf",
        "conf.d/huozhou-portal.conf": nginx / "http.conf",
        "sites-enabled/huozhou-portal": nginx / "site.conf",
        "snippets/huozhou-portal/under-path.conf": nginx / "under-path.conf",
        **{f"snippets/huozhou-portal/{file.name}": file for file in (nginx / "snippets").iterdir()},
    }
    for name, file in files.items():
        path = place.folder / "nginx" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(rendered(file, place))
    for name in ("tls", "settings", "data/static", "waiting", "cache", "logs"):
        (place.folder / name).mkdir(parents=True, exist_ok=True)
    place.data.chmod(0o711)  # as deploy/install does: nginx's workers pass through to static/
    (place.data / "static").chmod(0o755)
    place.env.write_text(rendered(DEPLOY / "env", place))


class Unit:
    """What systemd would run: command lines and their environment."""

    def __init__(self, file: Path, place: Place):
        own, common = read_unit(rendered(file, place)), read_unit(rendered(COMMON, place))
        self.commands = [shlex.split(line) for line in own.get("ExecStart", [])]
        self.folder = common["WorkingDirectory"][-1]
        told = [*common.get("Environment", []), *own.get("Environment", [])]
        self.environment = {"PATH": "/usr/bin:/bin", **dict(line.split("=", 1) for line in told)}


def read_unit(text: str) -> dict[str, list[str]]:
    """The values of [Service], of each key in order, as a key may stand there several times."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif section == "Service" and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found
