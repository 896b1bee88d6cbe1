"""What an upgrade makes every page anew by."""

from pagecache.version import program_files


def test_every_package_counts_and_what_pages_are_made_of(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    counted = ["rooms/__init__.py", "rooms/pages/views.py", "templates/base.html", "static/a.css", "docs/api.md"]
    others = [
        "rooms/__pycache__/views.pyc",
        "tests/__init__.py",
        "lab/__init__.py",
        ".venv/lib/a.py",
        "var/portal.sqlite3",
    ]
    for name in (*counted, *others):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert [path.relative_to(tmp_path).as_posix() for path in program_files()] == sorted(counted)
