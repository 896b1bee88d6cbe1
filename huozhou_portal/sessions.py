"""Sessions in the database, and what a cookie may ask of it."""

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    def _validate_session_key(self, key: str | None) -> bool:
        """PostgreSQL refuses NUL in text, and a forged cookie can hold one."""
        return super()._validate_session_key(key) and key.isascii() and key.isalnum()
