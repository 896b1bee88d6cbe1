"""Pictures are worked on while no transaction waits for it, one at a time, and by few requests at once."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils.datastructures import MultiValueDict

from common.limiter import Limiter
from common.media import renditions, uploads
from common.media.picture_work import NICENESS, in_picture_thread
from common.media.renditions import rendition_names, renditions_of
from ledger.models import Entry
from news.models import Article
from projects.models import Report
from tests.factories import a_report, an_evidence, published
from tests.small_city import (
    RIGHT,
    a_picture,
    address,
    article_data,
    file_row,
    report_data,
    sign_in,
    signed_in,
    version_on,
    with_password,
)

PATIENCE = 30  # seconds, on a machine however busy


@pytest.fixture
def photo(tmp_path) -> Callable[[], SimpleUploadedFile]:
    content = a_picture(tmp_path / "a.jpg").read_bytes()
    return lambda: SimpleUploadedFile("a.jpg", content)


class Held:
    """Work on pictures that goes on when the test says so."""

    def __init__(self, work: Callable):
        self.work, self.has_begun, self.may_go = work, threading.Event(), threading.Event()

    def __call__(self, *args):
        self.has_begun.set()
        self.was_let_go = self.may_go.wait(PATIENCE)
        return self.work(*args)


@pytest.fixture
def told(monkeypatch) -> list[bool]:
    """Whether whoever waits for a picture holds a transaction open meanwhile."""
    told: list[bool] = []

    def watched(work: Callable):
        told.append(connection.in_atomic_block)
        return in_picture_thread(work)

    for room in (uploads, renditions):
        monkeypatch.setattr(room, "in_picture_thread", watched)
    return told


def filing(city) -> str:
    return address(Report, "add", f"?project={city.bridge.pk}")


def files_a_report(city, photo):
    response = signed_in(city.official).post(filing(city), report_data(city, **file_row(photo()), _save=""))
    assert response.status_code == 302
    return Report.objects.drafts().get().evidence.get().file


def writes_an_article(city, photo):
    words = {"cover_alt": "A gate", "cover_credit": "City council", "is_cover_consented": "on"}
    data = article_data(cover=photo(), **words, _save="")
    assert signed_in(city.editor).post(address(Article, "add"), data).status_code == 302
    return Article.objects.get().cover


def corrects_a_report(city, photo):
    """With its evidence, whose renditions were never made."""
    report = a_report(city.bridge, "2020-06-30", {"built": 60})
    evidence = an_evidence(report, kind="PHOTO")
    evidence.file.save("old.jpg", photo())
    published(report, on="2020-07-06")
    forget_renditions(evidence.file.name)
    data = report_data(city, held_on="2020-06-30", correction_reason="A slip.", is_evidence_kept="on", _save="")
    address_of_form = address(Report, "add", f"?corrects={report.pk}")
    assert signed_in(city.official).post(address_of_form, data).status_code == 302
    return Report.objects.drafts().get().evidence.get().file


def forget_renditions(name: str) -> None:
    for one in rendition_names(name):
        default_storage.delete(one)


@pytest.mark.one_database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("saves", [files_a_report, writes_an_article, corrects_a_report])
def test_no_transaction_is_open_while_pictures_are_worked_on(told, city, photo, saves):
    file = saves(city, photo)
    assert renditions_of(file.name).renditions
    assert told
    assert not any(told)


@pytest.mark.one_database
@pytest.mark.django_db(transaction=True)
def test_renditions_that_were_never_made_are_made_before_the_ledger_is_locked_and_digested(told, city, photo):
    report = a_report(city.bridge, "2020-06-30", {"built": 60}, by=city.official)
    evidence = an_evidence(report, kind="PHOTO", is_consented=True)
    evidence.file.save("a.jpg", photo())
    forget_renditions(evidence.file.name)
    told.clear()
    reviewer = signed_in(city.reviewer)
    response = reviewer.post(address(report, "publish"), version_on(reviewer.get(address(report))))
    assert response.status_code == 302
    entry = Entry.objects.latest("seq")
    assert entry.kind == "report"
    assert len(entry.payload["evidence"][0]["renditions"]) == 6
    assert told == [False]


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("room", "work"), [(uploads, "_encoded"), (renditions, "_drawn")])
def test_others_sign_in_and_save_while_a_picture_is_worked_on(monkeypatch, city, photo, room, work):
    with_password(city.editor)
    held = Held(getattr(room, work))
    monkeypatch.setattr(room, work, held)

    def file():
        try:
            return signed_in(city.official).post(filing(city), report_data(city, **file_row(photo()), _save=""))
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        filed = pool.submit(file)
        try:
            assert held.has_begun.wait(PATIENCE)
            visitor = Client()
            signed = sign_in(city.editor.username, RIGHT, visitor)
            saved = visitor.post(address(Article, "add"), article_data(_save=""))
        finally:
            held.may_go.set()
        assert filed.result(PATIENCE).status_code == 302
    assert held.was_let_go  # and nobody had to wait until it gave up
    assert (signed.status_code, saved.status_code) == (302, 302)
    assert Article.objects.exists()


@pytest.mark.one_database
def test_beyond_some_requests_at_files_one_is_told_to_come_again(monkeypatch, city, photo):
    monkeypatch.setattr(uploads, "LONGEST_WAIT", 0.01)
    for _ in range(uploads.MOST_AT_FILES):
        assert uploads._at_files.acquire(blocking=False)
    try:
        response = signed_in(city.official).post(filing(city), report_data(city, **file_row(photo()), _save=""))
        without = signed_in(city.official).post(filing(city), report_data(city, _save=""))
    finally:
        for _ in range(uploads.MOST_AT_FILES):
            uploads._at_files.release()
    assert response.status_code == 409
    assert "正忙着处理别人的照片" in response.content.decode()
    assert "The piers stand." in response.content.decode()
    assert without.status_code == 302


def test_whoever_waits_to_file_photos_takes_no_place_from_others(photo):
    limiter = Limiter(slots=1, queue_size=1, longest_wait=0)
    files = MultiValueDict({"file": [photo()]})
    has_place = threading.Event()

    def file() -> None:
        with limiter.slot("office"), uploads.cleaned_uploads(files):
            has_place.set()

    with ExitStack() as busy, ThreadPoolExecutor(1) as pool:
        for _ in range(uploads.MOST_AT_FILES):
            busy.enter_context(uploads._at_files)
        filed = pool.submit(file)
        assert waits_for(lambda: uploads._waiting._value < uploads.MOST_WAITING and not limiter._running)
        with limiter.slot("office"):
            assert not has_place.is_set()
        busy.close()
        filed.result(PATIENCE)
    assert has_place.is_set()
    assert not limiter._running
    assert uploads._waiting._value == uploads.MOST_WAITING


def waits_for(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while not (holds := condition()) and time.monotonic() < until:
        time.sleep(0.01)
    return holds


def test_pictures_are_worked_on_one_at_a_time_and_after_everybody_else():
    at_work, most = [], []

    def work() -> int:
        at_work.append(1)
        most.append(len(at_work))
        time.sleep(0.01)
        at_work.pop()
        return os.getpriority(os.PRIO_PROCESS, 0)

    with ThreadPoolExecutor(4) as pool:
        niceness = {pool.submit(in_picture_thread, work) for _ in range(4)}
    assert max(most) == 1
    assert {one.result() for one in niceness} == {min(os.getpriority(os.PRIO_PROCESS, 0) + NICENESS, 19)}


def test_what_a_picture_fails_with_reaches_who_sent_it():
    def work():
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        in_picture_thread(work)
