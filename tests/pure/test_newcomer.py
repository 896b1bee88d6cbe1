"""What somebody types who has just got the code: the commands of README, and what stands in the way of the first one."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class

README = (settings.BASE_DIR / "README.md").read_text()


def made_venv(folder: Path) -> subprocess.CompletedProcess:
    """What becomes of a lock that no index has."""
    (folder / "scripts").mkdir(parents=True)
    shutil.copy(settings.BASE_DIR / "scripts" / "venv", folder / "scripts")
    (folder / "requirements.txt").write_text(f"nowhere==1 --hash=sha256:{'0' * 64}\n")
    return subprocess.run(  # noqa: S603  our own script
        [folder / "scripts" / "venv", "requirements.txt"],
        env={"PATH": os.environ["PATH"], "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_dependencies_that_can_not_be_had_are_told_in_a_sentence_that_names_the_variable(tmp_path):
    done = made_venv(tmp_path)
    assert done.returncode == 1
    assert re.fullmatch(
        r"没有装成依赖（用的是 PIP_INDEX_URL 里的软件源；pip 说：.*nowhere.*）：.*离线安装包.*。\n", done.stderr
    )
    assert not (tmp_path / ".venv" / "requirements.txt").exists()
    assert "PIP_INDEX_URL" in README


def test_the_environment_of_another_checkout_is_not_emptied_through_a_link(tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "kept").touch()
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / ".venv").symlink_to(tmp_path / "other")
    done = made_venv(tmp_path / "own")
    assert done.returncode == 1
    assert ".venv 是个链接" in done.stderr
    assert (tmp_path / "other" / "kept").exists()


def commands_in(text: str) -> list[list[str]]:
    """The command lines that run manage.py, without their remarks."""
    return [line.split("#")[0].split() for line in re.findall(r"manage\.py ([^`\n]+)", text)]


def typed_blocks(text: str) -> str:
    return "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))


@pytest.mark.parametrize("line", commands_in(typed_blocks(README)), ids=" ".join)
def test_a_command_of_readme_is_there_and_takes_what_is_written(line):
    name, *arguments = line
    command = load_command_class(get_commands()[name], name)
    command.create_parser("manage.py", name).parse_args(arguments)


def test_every_command_of_readme_is_written_as_one_types_it():
    lines = [line for line in typed_blocks(README).splitlines() if "manage.py" in line]
    assert lines
    assert all(line.startswith(".venv/bin/python manage.py ") for line in lines)


def test_make_has_every_target_of_readme():
    made = set(re.findall(r"^([a-z-]+)(?: [a-z-]+)?:", (settings.BASE_DIR / "Makefile").read_text(), re.M))
    assert set(re.findall(r"\bmake ([a-z-]+)", README)) <= made | {"dev"}
