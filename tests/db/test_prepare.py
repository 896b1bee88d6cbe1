"""`manage.py prepare`: an empty database becomes a portal with people, once; one that is in use stays as it is."""

import json
import os
import shutil
import stat
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from accounts.roles import ADMINISTRATOR, EDITOR, OFFICIAL, REVIEWER
from common import data_folder
from common.data_folder import Unfit
from ledger.chain import head
from ledger.models import Entry
from projects.models import Department, Project, Source, SourceKind
from projects.publishing import publish
from projects.reviewers import publishing_error
from projects.snapshots import led_slugs
from tasks.drafting import draft_rows
from tasks.finding import all_names
from tasks.models import Plan
from tests.factories import an_administrator
from tests.loaded_cities import every_model, put

pytestmark = pytest.mark.both_databases

ROLES = {
    "admin": ADMINISTRATOR,
    "official": OFFICIAL,
    "reviewer": REVIEWER,
    "reviewer2": REVIEWER,
    "editor": EDITOR,
}


@pytest.fixture(autouse=True)
def installation(settings, tmp_path):
    """A DATA_DIR of its own."""
    settings.DATA_DIR, settings.MEDIA_ROOT, settings.STATIC_ROOT = tmp_path, tmp_path / "media", tmp_path / "static"
    return tmp_path


@pytest.fixture
def loading_from_memory(monkeypatch):
    """What takes seconds is done once per process."""

    def load_files(files):
        put(*map(Path, files))
        return 0, []

    monkeypatch.setattr("tasks.management.commands.load_record.load_files", load_files)


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def prepare(*arguments: str) -> None:
    call_command("prepare", *arguments)


def rows() -> dict[str, list]:
    return {model._meta.label: list(model.objects.order_by("pk").values()) for model in every_model()}


def accounts(installation) -> dict[str, str]:
    return dict(line.split(" ") for line in (installation / "accounts.txt").read_text().splitlines())


@pytest.mark.django_db
@pytest.mark.usefixtures("loading_from_memory")
def test_an_empty_database_is_given_the_plan_and_a_year_that_says_it_is_made_up():
    prepare()
    assert Source.objects.filter(kind=SourceKind.ILLUSTRATIVE).exists()
    assert Department.objects.published().exists()


@pytest.mark.django_db
def test_the_plan_alone_has_nothing_made_up(installation):
    prepare("--data", "plan")
    assert Entry.objects.exists()
    assert Project.objects.published().count() == 15
    assert not Source.objects.filter(kind=SourceKind.ILLUSTRATIVE).exists()
    assert accounts(installation).keys() == ROLES.keys()
    assert not User.objects.get(username="official").memberships.exists()


@pytest.mark.django_db
def test_an_empty_start_has_people_and_nothing_in_the_ledger(installation, capsys):
    prepare("--data", "empty")
    assert accounts(installation).keys() == ROLES.keys()
    assert not Entry.objects.exists()
    assert not any(model.objects.exists() for model in (Department, Project, Source))
    before = rows()
    prepare()  # as the next `make run` does
    prepare("--data", "empty")
    assert rows() == before
    assert "正在载入" not in capsys.readouterr().out


@pytest.mark.django_db
def test_the_first_plan_of_an_empty_start_can_be_published_by_its_reviewers():
    """None of them was appointed by an entry of their own: the plan's says how many there are."""
    prepare("--data", "empty")
    rows = json.loads((settings.BASE_DIR / "fixtures/plan_2020.json").read_text(encoding="utf-8"))
    for row in rows:
        row["fields"].pop("release_at", None)
    draft_rows(rows, by=User.objects.get(username="admin"))
    entry = publish(Plan.objects.get(), by=User.objects.get(username="reviewer"))
    assert (entry.seq, len(entry.payload["reviewers"])) == (1, 2)


@pytest.fixture
def own_file(tmp_path):
    """Of another city."""
    shutil.copy(settings.BASE_DIR / "tests/fixtures/fictional_city.json", tmp_path / "青禾.json")
    return tmp_path / "青禾.json"


@pytest.mark.django_db
def test_a_record_of_ones_own_is_loaded_and_known_again(installation, own_file):
    prepare("--data", str(own_file))
    assert Entry.objects.exists()
    assert not Plan.objects.filter(year=2020).exists()
    assert accounts(installation).keys() == ROLES.keys()
    before = rows()
    prepare()
    prepare("--data", str(own_file))
    assert rows() == before
    for other in ("plan", "illustrative", "empty"):
        with pytest.raises(CommandError, match=f"里已经有没有示例进展的记录，和 DATA={other} 不一样"):
            prepare("--data", other)


@pytest.mark.django_db
def test_a_record_of_ones_own_that_is_wrong_leaves_nothing_and_can_be_mended(installation, own_file):
    right = own_file.read_text(encoding="utf-8")
    own_file.write_text(right.replace("2017-03-28", "2017-03-32"), encoding="utf-8")
    with pytest.raises(
        CommandError, match=r"青禾\.json 第 1 项（资料来源“qinghe-bulletin”）：.*没有“2017-03-32”这一天"
    ):
        prepare("--data", str(own_file))
    assert not User.objects.exists()
    assert not (installation / "accounts.txt").exists()
    own_file.write_text(right, encoding="utf-8")
    prepare("--data", str(own_file))
    assert Entry.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("loading_from_memory")
def test_an_installation_that_residents_read_is_given_nothing_made_up(monkeypatch, settings):
    """`portal prepare` after its data folder was emptied: deploy/install names the plan only the first time."""
    monkeypatch.setattr("backups.failures.INSTALLED", settings.BASE_DIR)
    prepare()
    assert Entry.objects.exists()
    assert not Source.objects.filter(kind=SourceKind.ILLUSTRATIVE).exists()


@pytest.mark.usefixtures("plan_2020")
def test_a_record_without_people_is_given_people_alone(installation):
    before = head().seq
    prepare()
    reviewers = User.objects.filter(groups__name=REVIEWER)
    added = Entry.objects.filter(seq__gt=before).values_list("kind", "payload__acts")
    assert list(added) == [("appointment", []), ("approval", [])] * len(reviewers)  # on the server
    assert [publishing_error(one) for one in reviewers] == [""] * len(reviewers)
    assert accounts(installation).keys() == ROLES.keys()


@pytest.mark.usefixtures("plan_2020")
def test_the_web_server_in_front_is_given_calm_pages(installation):
    prepare()
    pages = {path.name: path.read_text() for path in (installation / "static" / "errors").iterdir()}
    assert pages.keys() == {"413.html", "429.html", "503.html"}
    assert all("<h1>" in page and "/static/css/site." in page for page in pages.values())


@pytest.mark.usefixtures("illustrative_2020")
class TestAccounts:
    def test_each_role_has_one_and_the_password_opens_the_admin(self, installation, client):
        prepare()
        assert accounts(installation).keys() == ROLES.keys()
        for name, password in accounts(installation).items():
            user = User.objects.get(username=name)
            assert [group.name for group in user.groups.all()] == [ROLES[name]]
            assert not user.is_superuser
            assert client.post("/admin/login/", {"username": name, "password": password}).status_code == 302
            assert client.get("/admin/").headers["Location"] == "/admin/password_change/"
            client.post("/admin/logout/")

    def test_passwords_are_long_each_another_and_told_once(self, installation, capsys):
        prepare()
        passwords = accounts(installation).values()
        assert len(set(passwords)) == len(ROLES)
        assert min(len(password) for password in passwords) >= 16
        prepare()
        told = capsys.readouterr().out
        assert f"第一次登录用的账号和密码在 {installation / 'accounts.txt'}" in told
        assert not [password for password in passwords if password in told]

    def test_a_terminal_is_shown_the_passwords_and_nothing_else_is(self, installation):
        terminal = Terminal()
        call_command("prepare", stdout=terminal)
        assert (installation / "accounts.txt").read_text() in terminal.getvalue()

    def test_only_their_owner_reads_the_file(self, installation):
        (installation / "accounts.txt").write_text("left by somebody")
        (installation / "accounts.txt").chmod(0o644)
        prepare()
        assert stat.S_IMODE((installation / "accounts.txt").stat().st_mode) == 0o600
        assert "left by somebody" not in (installation / "accounts.txt").read_text()

    def test_the_official_has_projects_to_report_on(self):
        prepare()
        membership = User.objects.get(username="official").memberships.get()
        assert len(led_slugs(membership.department)) >= 2

    def test_the_second_time_changes_nothing(self, installation):
        prepare()
        before, file, voucher = rows(), (installation / "accounts.txt").read_bytes(), head().voucher
        prepare()
        prepare("--data", "illustrative")
        assert rows() == before
        assert (installation / "accounts.txt").read_bytes() == file
        assert head().voucher == voucher


@pytest.mark.usefixtures("plan_2020")
def test_a_portal_in_use_is_left_alone(installation):
    an_administrator("somebody")
    before = rows()
    prepare()
    after = rows()
    spelled = {
        row["text"] for row in after.pop("tasks.SpelledName")
    }  # follows from its names, as renditions do from photos
    assert before.pop("tasks.SpelledName") == []
    assert after == before
    assert spelled == set(all_names())
    assert not (installation / "accounts.txt").exists()


@pytest.mark.django_db
def test_people_who_have_not_published_yet_are_given_nothing(installation, capsys):
    an_administrator("somebody")
    before = rows()
    prepare()
    assert rows() == before
    assert not (installation / "accounts.txt").exists()
    assert "accounts.txt" not in capsys.readouterr().out


# What is refused


@pytest.mark.usefixtures("illustrative_2020")
def test_a_folder_with_a_made_up_year_is_not_taken_for_one_with_the_plan_alone(installation):
    before = rows()
    with pytest.raises(CommandError) as raised:
        prepare("--data", "plan")
    assert str(raised.value) == (
        f"{installation} 里已经有示例进展，和 DATA=plan 不一样：要它就不写 DATA，"
        "要别的就另用一个空的数据目录，例如 DATA=plan DATA_DIR=/srv/huozhou-plan。"
    )
    assert rows() == before


@pytest.mark.usefixtures("plan_2020")
def test_a_folder_with_the_plan_alone_is_not_taken_for_one_with_a_made_up_year():
    before = rows()
    with pytest.raises(CommandError, match="已经有没有示例进展的记录，和 DATA=illustrative 不一样"):
        prepare("--data", "illustrative")
    assert rows() == before
    prepare("--data", "plan")


@pytest.mark.parametrize(
    ("data", "told"), [("plans", "没有 plans。"), ("nowhere/a.json", "DATA 写的文件不在：nowhere/a.json。")]
)
def test_data_that_nobody_knows_are_refused_by_their_name(data, told):
    with pytest.raises(CommandError, match=told):
        prepare("--data", data)


@pytest.mark.usefixtures("plan_2020")
def test_a_record_is_not_taken_for_an_empty_start(installation):
    before = rows()
    with pytest.raises(CommandError) as raised:
        prepare("--data", "empty")
    assert str(raised.value) == (
        f"{installation} 里已经有没有示例进展的记录，和 DATA=empty 不一样：要它就不写 DATA，"
        "要别的就另用一个空的数据目录，例如 DATA=empty DATA_DIR=/srv/huozhou-empty。"
    )
    assert rows() == before


@pytest.mark.django_db
@pytest.mark.parametrize("data", ["plan", "illustrative", "fixtures/plan_2020.json"])
def test_an_empty_start_is_not_taken_for_one_with_a_record(data):
    prepare("--data", "empty")
    before = rows()
    with pytest.raises(CommandError, match=f"里已经有账号，还没有公布过什么，和 DATA={data} 不一样"):
        prepare("--data", data)
    assert rows() == before


@pytest.mark.django_db
def test_a_rehearsal_stays_one(installation, settings):
    settings.TRIAL = True
    prepare("--data", "empty")
    prepare()
    settings.TRIAL = False
    with pytest.raises(Unfit) as raised:
        prepare()
    assert str(raised.value) == (
        f"数据目录 {installation} 是演练用的，里面公布过的不能当真：接着练就写 TRIAL=on；"
        "真正使用请用 DATA_DIR 另写一个空的目录，练完了把这个删掉。"
    )


@pytest.mark.usefixtures("plan_2020")
def test_a_record_that_counts_does_not_become_a_rehearsal(installation, settings):
    settings.TRIAL = True
    before = rows()
    with pytest.raises(Unfit, match="已经有公布过的记录，不能改成演练"):
        prepare()
    assert rows() == before
    settings.TRIAL = False
    prepare()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "left", ["media/evidence/a.pdf", "backups/huozhou-20200101-023000.tar", "backups/before-1.tar"]
)
def test_a_database_that_was_lost_is_not_begun_anew(installation, left):
    (installation / left).parent.mkdir(parents=True)
    (installation / left).write_bytes(b"precious")
    before = rows()
    with pytest.raises(Unfit) as raised:
        prepare()
    archive = installation / left if "huozhou-" in left else "‹备份文件›"
    assert str(raised.value) == (
        f"数据库丢了：{installation / left.split('/')[0]} 里有东西，数据库却是空的，没有另起一本台账。请恢复最近的备份："
        f"DATA_DIR={installation} .venv/bin/python manage.py restore --replace {archive}；"
        "如果这里从来没有公布过，把这些移到别处，再运行一次。"
    )
    assert rows() == before
    assert [path.name for path in installation.iterdir() if path.is_dir()] == [left.split("/")[0]]


@pytest.mark.usefixtures("plan_2020")
def test_a_database_that_holds_something_may_have_backups_beside_it(installation):
    (installation / "backups").mkdir()
    (installation / "backups" / "huozhou-20200101-023000.tar").write_bytes(b"precious")
    prepare()


def test_two_do_not_make_a_folder_ready_at_once(installation):
    with data_folder.locked(installation, data_folder.PREPARING), pytest.raises(Unfit, match="另一个 prepare 在做准备"):
        prepare()


# Whose files they are


@pytest.fixture
def careless():
    """Whoever starts it lets everybody read what it writes."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode) for path in folder.rglob("*")}


@pytest.mark.usefixtures("illustrative_2020", "careless")
def test_what_an_earlier_version_left_readable_is_closed_but_for_the_web_servers(installation):
    (installation / "backups").mkdir()
    (installation / "backups" / "before-1.tar").touch()
    (installation / "portal.sqlite3").touch()
    prepare()
    found = modes(installation)
    collected = {name: mode for name, mode in found.items() if name.split("/")[0] == "static"}
    private = {name: mode for name, mode in found.items() if name not in collected}
    assert {mode for name, mode in private.items() if (installation / name).is_file()} == {0o600}
    assert {mode for name, mode in private.items() if (installation / name).is_dir()} == {0o700}
    assert {"portal.sqlite3", "backups/before-1.tar", "accounts.txt"} <= private.keys()
    assert stat.S_IMODE(installation.stat().st_mode) & 0o066 == 0


def test_what_a_new_site_writes_is_private_whatever_the_umask(run_portal, installation):
    """As processes of their own: SQLite makes its files by itself."""
    run_portal("migrate")
    assert modes(installation)["portal.sqlite3"] == 0o600
    run_portal("prepare", "--data", "plan")
    run_portal("backup")
    found = modes(installation)
    static = {name: mode for name, mode in found.items() if name.split("/")[0] == "static"}
    assert {mode for name, mode in found.items() if name not in static} == {0o600, 0o700}
    assert {"portal.sqlite3", "accounts.txt", "secret_key", "prepare.lock"} <= found.keys()
    assert {mode for name, mode in static.items() if Path(installation, name).is_file()} == {0o644}
    assert {mode for name, mode in static.items() if Path(installation, name).is_dir()} == {0o755}
    assert any(name.endswith(".gz") for name in static)


@pytest.fixture
def run_portal(installation):
    """manage.py under the most careless umask."""
    data_folder.make(installation)

    def run(*arguments: str) -> None:
        subprocess.run(  # noqa: S603  our own interpreter on our own files
            [sys.executable, "manage.py", *arguments],
            env={"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "PYTHONUTF8": "1", "DATA_DIR": str(installation)},
            cwd=settings.BASE_DIR,
            umask=0,
            check=True,
            capture_output=True,
            timeout=600,
        )

    return run
