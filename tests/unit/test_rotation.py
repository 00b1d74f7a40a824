"""Keys are replaced without a gap: the new one is used, the old one is still understood."""

from __future__ import annotations

import pytest

from admin.totp import Vault
from bot.webhook import is_signed
from settings import load
from store.links import LinkError, Links
from tests.unit.test_settings import ENVIRONMENT


def test_secret_key_may_hold_several_newest_first() -> None:
    settings = load(ENVIRONMENT | {"SECRET_KEY": "new, old,older"})
    assert (settings.secret_key, settings.old_secret_keys) == ("new", ("old", "older"))
    assert load(ENVIRONMENT | {"SECRET_KEY": "only"}).old_secret_keys == ()
    assert "old" not in repr(settings)


def test_links_of_before_a_rotation_still_open_and_new_ones_need_the_new_key() -> None:
    before = Links("old", "details", 3600)
    during = Links("new", "details", 3600, ["old", "older"])
    after = Links("new", "details", 3600)
    assert during.subject(before.token(7)) == 7
    assert during.subject(Links("older", "details", 3600).token(7)) == 7
    assert after.subject(during.token(8)) == 8
    for reader, token in ((after, before.token(7)), (before, during.token(8))):
        with pytest.raises(LinkError):
            reader.subject(token)


def test_the_second_factor_survives_a_rotation() -> None:
    locked = Vault("old").lock("SECRET")
    during = Vault("new", ["old"])
    assert during.open(locked) == "SECRET"
    assert Vault("new").open(during.lock("SECRET")) == "SECRET"
    assert Vault("new").open(locked) is None


def test_events_signed_with_either_channel_secret_are_taken() -> None:
    import base64
    import hmac

    for key in (b"new", b"old"):
        signature = base64.b64encode(hmac.digest(key, b"{}", "sha256")).decode()
        assert is_signed(b"{}", signature, [b"new", b"old"])
        assert not is_signed(b"{}", signature, [b"third"])
