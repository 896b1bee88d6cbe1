"""The data folder of an installation: it is created, checked, kept private, and locked by the site that uses it.

`python -m common.data_folder` creates it with the secret key, which the settings need before Django can start.
"""

import errno
import fcntl
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

KEY = "secret_key"
# Lock files. There are two because a new version may be prepared while the old one still serves.
SERVING, PREPARING = "server.lock", "prepare.lock"
IN_USE = {SERVING: "网站程序在用", PREPARING: "另一个 prepare 在做准备"}
TRIAL = "trial"  # a file that says that everything in the folder is of a rehearsal
LEAST_FREE = 50_000_000  # bytes: more than the first start writes
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


class Unfit(Exception):
    """The site can't start. The message tells the operator, in Chinese, why and what to do."""


def make(folder: Path) -> None:
    """Create the folder and the secret key, each where it is missing. Raises Unfit."""
    try:
        folder.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        if not is_filled(folder / KEY):
            write_private(folder / KEY, f"{secrets.token_urlsafe(50)}\n")
    except OSError as error:
        raise unfit(folder, error) from error


def check(folder: Path) -> None:
    """Raises Unfit if the folder is missing, can't be written to, or is on a full disk."""
    if not folder.is_dir():
        raise Unfit(
            f"没有数据目录 {folder}：第一次运行用 make run 或先 mkdir；已经用过的，看 DATA_DIR 写对了没有、磁盘挂上了没有。"
        )
    probe = folder / f".probe-{secrets.token_hex(4)}"
    try:
        write_private(probe, "")
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise unfit(folder, error) from error
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
    if free < LEAST_FREE:
        raise Unfit(full(folder))


def check_trial(folder: Path, *, is_trial: bool) -> None:
    """Raises Unfit where the folder of a rehearsal would become a site whose record counts."""
    if not is_trial and (folder / TRIAL).exists():
        raise Unfit(
            f"数据目录 {folder} 是演练用的，里面公布过的不能当真：接着练就写 TRIAL=on；"
            "真正使用请用 DATA_DIR 另写一个空的目录，练完了把这个删掉。"
        )


def begin_trial(folder: Path, *, has_record: bool) -> None:
    """Say in the folder that it is of a rehearsal. Raises Unfit where it has a record that counts."""
    if (folder / TRIAL).exists():
        return
    if has_record:
        raise Unfit(
            f"数据目录 {folder} 里已经有公布过的记录，不能改成演练：演练请另用一个空的数据目录，"
            "例如 TRIAL=on DATA_DIR=/srv/yanlian。"
        )
    write_private(folder / TRIAL, "")


def lock(folder: Path, name: str) -> int:
    """Take the lock and return its file descriptor; it is held until that is closed or the process ends.

    Raises Unfit if another process holds it.
    """
    try:
        descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    except OSError as error:
        raise unfit(folder, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(descriptor, 20).decode(errors="replace").strip() or "？"
        os.close(descriptor)
        raise Unfit(
            f"数据目录 {folder} 已经有{IN_USE[name]}（进程 {holder}）：先停掉它，或者用 DATA_DIR 另写一个目录。"
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


@contextmanager
def locked(folder: Path, name: str) -> Iterator[None]:
    descriptor = lock(folder, name)
    try:
        yield
    finally:
        os.close(descriptor)


def make_private(folder: Path, public: Path) -> None:
    """Remove the rights of other users on everything in the folder, except in `public`, which the web server reads.

    Earlier versions left files readable to everybody. The folder itself can still be entered, to reach `public`.
    """
    _limit_rights(folder, 0o711)
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if Path(root, name) != public]
        for name in folders:
            _limit_rights(Path(root, name), PRIVATE_FOLDER)
        for name in files:
            _limit_rights(Path(root, name), PRIVATE_FILE)


def _limit_rights(path: Path, most: int) -> None:
    with suppress(FileNotFoundError):  # a running site may delete files meanwhile
        now = stat.S_IMODE(path.lstat().st_mode)
        if now & ~most and not path.is_symlink():
            path.chmod(now & most)


def full(folder: Path) -> str:
    return f"磁盘满了（{folder}）：清出至少 {LEAST_FREE // 1_000_000} MB，再运行一次，什么都没有改。"


def unfit(folder: Path, error: OSError) -> Unfit:
    """The operating system's error about this folder as a message for the operator."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return Unfit(full(folder))
        case errno.EEXIST | errno.ENOTDIR:
            return Unfit(f"数据目录 {folder} 不是目录：请把 DATA_DIR 写成一个目录。")
        case errno.EROFS:
            return Unfit(
                f"数据目录 {folder} 所在的磁盘只能读：看 mount 和磁盘有没有出错，或者用 DATA_DIR 另写一个目录。"
            )
        case errno.EACCES | errno.EPERM:
            return Unfit(
                f"数据目录 {folder} 不让这个用户写：换成目录的主人运行，或者用 DATA_DIR 另写一个自己能写的目录。"
            )
    return Unfit(f"数据目录 {folder} 用不了（{error.strerror}）：看磁盘有没有出错，或者用 DATA_DIR 另写一个目录。")


def is_filled(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def write_private(path: Path, content: str) -> None:
    """Write the file, replacing an older one, so that no other user can read it at any moment."""
    path.unlink(missing_ok=True)
    with open(path, "x", opener=lambda name, flags: os.open(name, flags, PRIVATE_FILE)) as file:
        file.write(content)


if __name__ == "__main__":
    try:
        make(Path(os.environ.get("DATA_DIR") or "var").absolute())
    except Unfit as unfitness:
        sys.exit(str(unfitness))
