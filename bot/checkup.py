"""What `shop doctor` looks at with LINE: the access token, the webhook, this month's messages, the owners."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.errors import LineError, LineUnavailable, NotAllowed, TargetGone
from bot.line_api import LineApi
from store.checkup import Check

_USER_ID = re.compile(r"U[0-9a-f]{32}")
_CONSOLE = "LINE Developers console, your channel, Messaging API"
_REASONS = {
    "COULD_NOT_CONNECT": "it could not connect",
    "REQUEST_TIMEOUT": "no answer came within two seconds",
}


def check_line(api: LineApi, public_url: str, owners: Sequence[str], reserve: int) -> Iterator[Check]:
    """The channel as LINE sees it; without an access token that works nothing more can be asked.

    `reserve` is how many of a month's messages are kept for news of money.
    """
    try:
        account = api.bot_info()
    except NotAllowed:
        do = f"issue one ({_CONSOLE}) and set LINE_CHANNEL_ACCESS_TOKEN"
        yield Check("LINE token", False, "LINE does not accept the channel access token", do)
        return
    except LineError as error:
        do = "check LINE_API_URL and the way out to it"
        yield Check("LINE token", False, f"LINE could not be asked: {error}", do)
        return
    name, basic_id = account.get("displayName", "?"), account.get("basicId", "?")
    yield Check("LINE token", True, f"it is that of {name} ({basic_id})")
    yield from _check_webhook(api, f"{public_url}/line/webhook")
    yield _check_quota(api, reserve)
    yield from _check_owners(api, owners)


def _check_webhook(api: LineApi, wanted: str) -> Iterator[Check]:
    """Where LINE sends events, and what it gets when it sends one that is empty.

    Source: Messaging API reference, "Get webhook endpoint information" and "Test webhook endpoint".
    """
    do = f"set it to {wanted} ({_CONSOLE}, Webhook URL)"
    try:
        set_up = api.call("webhook_endpoint", "GET", "/v2/bot/channel/webhook/endpoint")[0]
    except TargetGone:
        yield Check("webhook", False, "LINE has no address to send events to", do)
        return
    except LineError as error:
        yield _not_told("webhook", error)
        return
    if set_up.get("endpoint") != wanted:
        yield Check("webhook", False, f"LINE sends events to {set_up.get('endpoint')}", do)
        return
    if not set_up.get("active"):
        yield Check("webhook", False, "LINE does not use it", f"switch on Use webhook ({_CONSOLE})")
        return
    yield Check("webhook", True, f"LINE sends events to {wanted}")
    yield _try_webhook(api)


def _try_webhook(api: LineApi) -> Check:
    try:
        result = api.call("webhook_test", "POST", "/v2/bot/channel/webhook/test", {})[0]
    except LineError as error:
        return _not_told("webhook test", error)
    if result.get("success"):
        return Check("webhook test", True, "LINE sent an event, and the shop took it")
    status = result.get("statusCode")
    if status == 400:
        words = "the shop did not accept LINE's signature"
        return Check(
            "webhook test", False, words, "set LINE_CHANNEL_SECRET to that of this channel (Basic settings)"
        )
    reason = str(result.get("reason", ""))
    words = f"HTTP {status}" if reason == "ERROR_STATUS_CODE" else _REASONS.get(reason, reason.lower())
    do = "look at the web process and at PUBLIC_URL; 503 is the shop without its database"
    return Check("webhook test", False, f"LINE sent an event, and it did not arrive: {words}", do)


def _check_quota(api: LineApi, reserve: int) -> Check:
    try:
        monthly, used = api.quota(), api.quota_used()
    except LineError as error:
        return _not_told("messages", error)
    if monthly is None:
        return Check("messages", True, f"no limit; {used} pushed this month")
    left = max(0, monthly - used)
    words = f"{left} of this month's {monthly} messages are left"
    if left > reserve:
        return Check("messages", True, words)
    return Check("messages", False, words, "choose a larger plan (LINE Official Account Manager)")


def _check_owners(api: LineApi, owners: Sequence[str]) -> Iterator[Check]:
    if not owners:
        words = "none: what needs attention is told in the console alone (OWNER_LINE_USER_IDS)"
        yield Check("owners", True, words)
        return
    for place, owner in enumerate(owners, 1):
        name = "owners" if len(owners) == 1 else f"owner {place}"
        if not _USER_ID.fullmatch(owner):
            words = "OWNER_LINE_USER_IDS holds something else than a LINE user id"
            yield Check(name, False, words, "use U and 32 hexadecimal digits (console, Your user ID)")
            continue
        try:
            api.profile(owner)
        except TargetGone:
            words = "LINE knows no friend of the account with this user id"
            yield Check(name, False, words, "add the account as a friend, with the LINE account of that id")
        except LineError as error:
            yield _not_told(name, error)
        else:
            yield Check(name, True, "can be told in LINE")


def _not_told(name: str, error: LineError) -> Check:
    passing = isinstance(error, LineUnavailable)
    return Check(
        name, False, f"LINE did not say: {error}", "try again" if passing else "check the channel's rights"
    )
