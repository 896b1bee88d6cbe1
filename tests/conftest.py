import gc
import os
import socket
from functools import partial
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.test import TransactionTestCase
from pytest_django.plugin import blocking_manager_key
from whitenoise.middleware import WhiteNoiseMiddleware

from accounts.publisher import NAMES
from accounts.publisher import _row as site_row
from common import lru_cache
from tests import databases
from tests.loaded_cities import illustrative_2020, illustrative_years, plan_2020  # noqa: F401  fixtures
from tests.small_city import City, a_city, draw_nothing

collect_ignore = [] if databases.IS_SQLITE else ["pure"]  # which asks for no database, and ran on SQLite

gc.set_threshold(100_000, 50, 100)  # much is made while tests are collected, and nearly all of it stays

# The same cases on every machine, however slow it is.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("steady")


def is_worker(config) -> bool:
    return hasattr(config, "workerinput")


def pytest_addoption(parser):
    parser.addoption(
        "--everything", action="store_true", help="On PostgreSQL also run what is not marked `both_databases`."
    )


def pytest_configure(config):
    # Once in a run: before parallel workers start, and not again for its next part.
    if not is_worker(config) and not (django_settings.STATIC_ROOT / "staticfiles.json").exists():
        call_command("collectstatic", interactive=False, verbosity=0)


def in_one_piece_of_stack(call):
    return call()


# CPython 3.11 takes its stack in pieces of 16 KB and gives each back as soon as it isn't needed. Where a loop calls
# across such an edge, that is a quarter of a test's time. A frame that asks for this many words brings a piece of 1 MB.
in_one_piece_of_stack.__code__ = in_one_piece_of_stack.__code__.replace(co_stacksize=70_000)


def pytest_collection_modifyitems(config, items):
    """The longest first, so that no worker is left with one alone. On PostgreSQL what could come to something else there."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    for item in items:
        item.runtest = partial(in_one_piece_of_stack, item.runtest)
    if databases.IS_SQLITE:
        return
    chosen = [item for item in items if databases.is_asked_for_by(item)]
    if not config.option.everything:
        chosen = [item for item in chosen if item.get_closest_marker("both_databases")]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(chosen)])
    items[:] = chosen


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """When its fixtures have filled the database. The short ones are over before anybody counts their rows."""
    if item.get_closest_marker("long") and not databases.IS_SQLITE and databases.is_asked_for_by(item):
        databases.count_rows()
    return (yield)


def pytest_collection_finish(session):
    """What was collected stays until the end: the collector of garbage need not look through it again and again."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter):
    """A skipped test is one that nobody ran. What a part of the run came to is noted for the line that ends the whole."""
    counts = {key: len(terminalreporter.stats.get(key, [])) for key in ("passed", "failed", "error", "skipped")}
    if counts["skipped"]:
        terminalreporter.write_line("A skipped test is a test that nobody ran: it counts as failed.", red=True)
    results = os.environ.get("TEST_RESULTS")
    if results and not is_worker(terminalreporter.config):  # which tells of its workers' tests too
        with Path(results).open("a") as file:
            file.write(f"{counts['passed']} {counts['failed'] + counts['error'] + counts['skipped']}\n")


@pytest.hookimpl(trylast=True)  # when the workers have ended
def pytest_sessionfinish(session):
    if not is_worker(session.config):
        with session.config.stash[blocking_manager_key].unblock():
            databases.destroy_template()
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    """In place of pytest-django's, which migrates anew for each worker."""
    with django_db_blocker.unblock():
        databases.create()
    with pytest.MonkeyPatch.context() as patch:
        # Django's own way would lay content types, permissions and roles anew after each test that commits.
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: databases.empty())
        yield
    with django_db_blocker.unblock():
        databases.destroy()


@pytest.fixture(autouse=True, scope="session")
def static_files_read_once():
    """Each client builds the middleware anew, which would look at every static file again; they stay the same."""
    read, found = WhiteNoiseMiddleware.update_files_dictionary, {}

    def update(self, root, prefix):
        if (root, prefix) not in found:
            before = dict(self.files)
            read(self, root, prefix)
            found[root, prefix] = {url: file for url, file in self.files.items() if before.get(url) is not file}
        self.files.update(found[root, prefix])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "update_files_dictionary", update)
        yield


@pytest.fixture(autouse=True)
def nothing_remembered():
    """Each test has a database of its own, whose rows may be others under the same hashes."""
    lru_cache.clear()
    # As a process has it that polls the database, where the administrator has set nothing yet.
    site_row.cache.put(None, dict.fromkeys(NAMES, ""))


@pytest.fixture(autouse=True)
def media_of_its_own(settings, tmp_path):
    """Each test has a store of files of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def city(db) -> City:
    """Two departments with a project each, both promised; its people are made when they are asked for."""
    return a_city()


@pytest.fixture
def undrawn(monkeypatch):
    """Views answer as ever, but nobody draws their pages, nor those of refusals: where a test asks whether a door opens,
    not what stands behind it."""
    draw_nothing(monkeypatch)


@pytest.fixture(autouse=True, scope="session")
def loopback_only():
    """No test reaches beyond this machine."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family != socket.AF_UNIX and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise ConnectionRefusedError(f"a test tried to reach {address[0]}")
        return connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield
