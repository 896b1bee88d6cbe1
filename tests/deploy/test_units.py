"""The units of systemd: each command line runs as it stands, and systemd has nothing to say against them."""

import shutil

import pytest

from tests.deploy.rendered import COMMON, DEPLOY, UNITS, rendered
from tests.deploy.stack import run

JOBS = sorted(path.stem.removeprefix("huozhou-portal-") for path in UNITS.glob("huozhou-portal-*.service"))


@pytest.mark.parametrize("name", [name for name in JOBS if name != "web"])
def test_each_job_does_its_work(stack, name):
    unit = stack.unit(name)
    assert unit.commands
    for command in unit.commands:
        run(command, cwd=unit.folder, env=unit.environment)


def test_every_job_has_a_timer():
    assert sorted(path.stem.removeprefix("huozhou-portal-") for path in UNITS.glob("*.timer")) == sorted(
        {*JOBS} - {"web"}
    )


def test_the_night_leaves_a_backup_that_nobody_else_reads(stack):
    run(stack.unit("backup").commands[0], cwd=stack.unit("backup").folder, env=stack.unit("backup").environment)
    assert list((stack.place.data / "backups").glob("*.tar"))


def test_systemd_accepts_the_units(stack, tmp_path):
    """With the paths of the test, as it wants every program to be there."""
    assert shutil.which("systemd-analyze"), "apt-get install systemd"
    for file in [*UNITS.glob("*.*"), *(DEPLOY / "root").glob("*.*")]:
        if file.is_file():
            (tmp_path / file.name).write_text(rendered(file, stack.place))
    folder = tmp_path / COMMON.parent.name
    folder.mkdir()
    (folder / COMMON.name).write_text(rendered(COMMON, stack.place))
    told = run(
        [
            "systemd-analyze",
            "verify",
            "--man=no",
            *sorted(tmp_path.glob("*.service")),
            *sorted(tmp_path.glob("*.timer")),
        ]
    )
    assert "portal-" not in told, told
