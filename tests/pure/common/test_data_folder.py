"""DATA_DIR: made once, private, and what is wrong with it told in one sentence."""

import errno
import os
import shutil
import stat
from types import SimpleNamespace

import pytest

from common import data_folder
from common.data_folder import Unfit


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_is_made_with_a_key_that_stays(tmp_path):
    folder = tmp_path / "deep" / "portal"
    data_folder.make(folder)
    key = (folder / "secret_key").read_text()
    assert len(key.strip()) >= 50
    assert (mode(folder), mode(folder / "secret_key")) == (0o700, 0o600)
    data_folder.make(folder)
    assert (folder / "secret_key").read_text() == key
    data_folder.check(folder)
    assert [path.name for path in folder.iterdir()] == ["secret_key"]


def test_a_key_that_was_never_written_is_made_anew(tmp_path):
    (tmp_path / "secret_key").touch()
    data_folder.make(tmp_path)
    assert (tmp_path / "secret_key").read_text().strip()


def test_a_file_in_its_place_is_refused(tmp_path):
    (tmp_path / "portal").touch()
    with pytest.raises(Unfit, match="portal 不是目录：请把 DATA_DIR 写成一个目录。"):
        data_folder.make(tmp_path / "portal")
    with pytest.raises(Unfit, match="不是目录"):
        data_folder.make(tmp_path / "portal" / "below")


def test_one_that_is_not_there_is_not_made_unasked(tmp_path):
    with pytest.raises(Unfit, match=f"没有数据目录 {tmp_path}/portal：第一次运行用 make run"):
        data_folder.check(tmp_path / "portal")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("act", [data_folder.make, data_folder.check], ids=["making", "checking"])
@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.EACCES, "不让这个用户写：换成目录的主人运行"),
        (errno.EROFS, "所在的磁盘只能读"),
        (errno.ENOSPC, "磁盘满了"),
        (errno.EDQUOT, "磁盘满了"),
        (errno.EIO, "看磁盘有没有出错"),
    ],
)
def test_where_nothing_can_be_written_is_told(tmp_path, monkeypatch, act, number, sentence):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(data_folder, "write_private", fail)
    with pytest.raises(Unfit, match=sentence) as raised:
        act(tmp_path)
    assert str(tmp_path) in str(raised.value)


def test_a_disk_that_is_nearly_full_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=49_999_999))
    with pytest.raises(Unfit, match=r"磁盘满了（.*）：清出至少 50 MB，再运行一次，什么都没有改。"):
        data_folder.check(tmp_path)
    assert not list(tmp_path.iterdir())


def test_it_is_held_by_one_until_that_one_lets_go(tmp_path):
    with data_folder.locked(tmp_path, data_folder.SERVING):
        with pytest.raises(Unfit, match=f"已经有网站程序在用（进程 {os.getpid()}）"):
            data_folder.lock(tmp_path, data_folder.SERVING)
        os.close(data_folder.lock(tmp_path, data_folder.PREPARING))
    os.close(data_folder.lock(tmp_path, data_folder.SERVING))
    assert mode(tmp_path / "server.lock") == 0o600
