"""Links that carry who they are for: signed, expiring, useless for anything else.

No personal data goes into a link: they end up in histories and logs.
"""

from __future__ import annotations

from collections.abc import Sequence

from itsdangerous import BadSignature, URLSafeTimedSerializer


class LinkError(Exception):
    """The link was changed, belongs to another page, or is too old."""


class Links:
    """Makes and reads links for one `purpose` (a page), so that one page's link opens no other.

    Links are signed with `secret_key`; those signed with one of `old_keys` are still read.
    """

    def __init__(
        self, secret_key: str, purpose: str, max_age_seconds: int, old_keys: Sequence[str] = ()
    ) -> None:
        keys = [*reversed(old_keys), secret_key]  # the serializer signs with the last
        self._serializer = URLSafeTimedSerializer(keys, salt=f"link:{purpose}")
        self.max_age_seconds = max_age_seconds

    def token(self, subject: int) -> str:
        """The signed part of a link about the row with this id."""
        return str(self._serializer.dumps(subject))

    def subject(self, token: str) -> int:
        """The id a link is about; raises `LinkError` when it cannot be trusted (any more)."""
        try:
            subject = self._serializer.loads(token, max_age=self.max_age_seconds)
        except BadSignature as error:
            raise LinkError("the link is damaged or too old") from error
        if not isinstance(subject, int) or isinstance(subject, bool):
            raise LinkError("the link is about something else")
        return subject
