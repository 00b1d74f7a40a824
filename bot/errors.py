"""The exceptions of the bot: what can become of a call to LINE.

LineError
├── LineUnavailable      LINE could not be reached, or answered 5xx
│   └── LineTimeout      the request left and no answer came: done or not done, nobody can tell
├── ReplyTokenInvalid    400: the reply token was used before or has expired
├── AlreadyAccepted      409: a push with this retry key was accepted earlier, so all is well
├── RateLimited          429: too many calls just now
├── QuotaExhausted       429: this month's messages are used up
├── NotAllowed           401, 403: the access token is wrong, revoked, or may not do this
├── TargetGone           404: there is no such user, or no such endpoint
├── HeldBack             LINE was not called: no push to this customer may be made now
└── Rejected             any other refusal: the request itself is wrong

No message of these holds a token, an id of a customer or anything that was to be sent.
"""

from __future__ import annotations


class LineError(Exception):
    """Base of everything a call to LINE may raise.

    `may_have_arrived` is true when LINE may have done what it was asked to in spite of the error.
    """

    may_have_arrived = False


class LineUnavailable(LineError):
    """No connection (then nothing was sent), or an answer 5xx (then nobody can tell)."""

    def __init__(self, message: str, *, may_have_arrived: bool = False) -> None:
        super().__init__(message)
        self.may_have_arrived = may_have_arrived


class LineTimeout(LineUnavailable):
    """The request was sent, and the answer did not come in time or the connection broke."""

    def __init__(self, message: str) -> None:
        super().__init__(message, may_have_arrived=True)


class ReplyTokenInvalid(LineError):
    """The reply token was used before or has expired; LINE does not say which."""


class AlreadyAccepted(LineError):
    """A push with this retry key was accepted earlier, under `request_id`."""

    def __init__(self, request_id: str) -> None:
        super().__init__("accepted earlier")
        self.request_id = request_id


class RateLimited(LineError):
    """Too many calls to this endpoint just now."""


class QuotaExhausted(LineError):
    """The account's messages of this month are used up; replies still go out."""


class NotAllowed(LineError):
    """The channel access token is wrong, revoked, or may not do this."""


class TargetGone(LineError):
    """LINE knows no such user, or no such endpoint."""


class HeldBack(LineError):
    """No push may be made now: what is left of the quota is for worthier news, or they are no friend."""


class Rejected(LineError):
    """LINE refused the request; the message names its complaint and the properties it is about."""
