"""The environment, read once: what is missing or wrong is named at once."""

from __future__ import annotations

import pytest

from settings import SINOPAC_SANDBOX, SettingsError, load

ENVIRONMENT = {
    "DATABASE_URL": "postgresql://u:pass@db/shop",
    "PUBLIC_URL": "https://shop.example/",
    "SECRET_KEY": "key",
    "LINE_CHANNEL_SECRET": "s1",
    "LINE_CHANNEL_ACCESS_TOKEN": "token",
    "SINOPAC_SHOP_NO": "NA0000_001",
    "SINOPAC_A1": "a1",
    "SINOPAC_A2": "a2",
    "SINOPAC_B1": "b1",
    "SINOPAC_B2": "b2",
    "SINOPAC_KEY_ID": "kid",
}


def complaint(env: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        load(env)
    return str(caught.value)


def test_a_complete_environment_is_enough_and_the_rest_has_defaults() -> None:
    settings = load(ENVIRONMENT)
    assert settings.public_url == "https://shop.example"
    assert settings.sinopac is not None
    assert settings.sinopac.api_url == SINOPAC_SANDBOX
    assert (settings.shipping_fee, settings.free_shipping_from, settings.database_pool) == (80, 1500, 4)
    assert settings.payment_methods == ("card", "atm", "cod")


def test_everything_that_is_missing_is_named_at_once() -> None:
    words = complaint({})
    assert all(name in words for name in ENVIRONMENT)
    assert len(words.splitlines()) == 1


def test_a_value_of_blanks_is_missing() -> None:
    assert "missing: SECRET_KEY" in complaint({**ENVIRONMENT, "SECRET_KEY": "  "})


def test_missing_and_wrong_are_told_together() -> None:
    env = {**ENVIRONMENT, "SHIPPING_FEE": "eighty", "DATABASE_POOL": "1", "PUBLIC_URL": "shop.example"}
    del env["SECRET_KEY"]
    words = complaint(env)
    for part in (
        "missing: SECRET_KEY",
        "SHIPPING_FEE must be a whole number of at least 0, not 'eighty'",
        "DATABASE_POOL must be a whole number of at least 2, not '1'",
        "PUBLIC_URL must be",
    ):
        assert part in words


@pytest.mark.parametrize("number", ["-1", "1.5", "٣", "1e3", "0x10"])
def test_a_number_is_written_in_plain_digits(number: str) -> None:
    assert "SHIPPING_FEE must be a whole number" in complaint({**ENVIRONMENT, "SHIPPING_FEE": number})


def test_a_payment_method_nobody_knows_is_named_with_those_that_are_known() -> None:
    words = complaint({**ENVIRONMENT, "PAYMENT_METHODS": "card,barter"})
    assert "PAYMENT_METHODS knows card, atm, " in words
    assert "'barter' is none of them" in words


def test_cash_on_delivery_needs_no_bank() -> None:
    env = {name: value for name, value in ENVIRONMENT.items() if not name.startswith("SINOPAC")}
    assert load({**env, "PAYMENT_METHODS": "cod"}).sinopac is None


def test_several_channel_secrets_are_kept_in_their_order() -> None:
    assert load({**ENVIRONMENT, "LINE_CHANNEL_SECRET": "new, old ,"}).line.secrets == ("new", "old")


@pytest.mark.parametrize(
    ("url", "dyno", "read"),
    [
        ("postgres://u@db/shop", "", "postgresql://u@db/shop"),
        ("postgresql://u@db/shop", "", "postgresql://u@db/shop"),
        ("postgres://u@db/shop", "web.1", "postgresql://u@db/shop?sslmode=require"),
        ("postgres://u@db/shop?a=b", "web.1", "postgresql://u@db/shop?a=b&sslmode=require"),
        ("postgres://u@db/shop?sslmode=verify-full", "web.1", "postgresql://u@db/shop?sslmode=verify-full"),
    ],
)
def test_the_database_address_of_heroku_is_understood_and_encrypted(url: str, dyno: str, read: str) -> None:
    assert load({**ENVIRONMENT, "DATABASE_URL": url, "DYNO": dyno}).database_url == read


def test_another_database_is_refused() -> None:
    assert "DATABASE_URL must begin with" in complaint({**ENVIRONMENT, "DATABASE_URL": "mysql://db/shop"})


def test_an_atm_order_holds_its_stock_longer_than_a_card_order() -> None:
    settings = load({**ENVIRONMENT, "CARD_ORDER_TTL_SECONDS": "60", "ATM_ORDER_TTL_SECONDS": "600"})
    assert (settings.order_ttl("card"), settings.order_ttl("linepay"), settings.order_ttl("atm")) == (
        60,
        60,
        600,
    )


def test_the_proxy_of_an_add_on_is_used_for_the_bank() -> None:
    sinopac = load({**ENVIRONMENT, "FIXIE_URL": "http://u:p@proxy:80"}).sinopac
    assert sinopac is not None
    assert sinopac.proxy_url == "http://u:p@proxy:80"


def test_no_secret_is_shown_when_settings_are_printed() -> None:
    shown = repr(load({**ENVIRONMENT, "SINOPAC_PROXY_URL": "http://u:hush@proxy"}))
    for secret in ("pass", "'key'", "s1", "token'", "'a1'", "'b2'", "kid", "hush"):
        assert secret not in shown


def test_instalments_are_numbers_of_months() -> None:
    assert load(ENVIRONMENT).card_instalments == ()
    assert load({**ENVIRONMENT, "CARD_INSTALMENTS": "6, 3,3"}).card_instalments == (3, 6)
    for wrong in ("1", "37", "three", "3,x", "-3", "３"):
        assert "CARD_INSTALMENTS must be whole numbers" in complaint(
            {**ENVIRONMENT, "CARD_INSTALMENTS": wrong}
        )


@pytest.mark.parametrize(("word", "wanted"), [("yes", True), ("NO", False), ("1", True), ("", False)])
def test_money_goes_back_by_itself_only_where_the_shop_says_so(word: str, wanted: bool) -> None:
    assert load({**ENVIRONMENT, "AUTO_REFUND": word}).auto_refund is wanted
    assert "AUTO_REFUND must be yes or no" in complaint({**ENVIRONMENT, "AUTO_REFUND": "maybe"})


def test_a_shop_delivers_home_and_to_stores_unless_it_says_otherwise() -> None:
    settings = load(ENVIRONMENT)
    assert (settings.delivery_methods, settings.cvs_shipping_fee) == (("home", "cvs"), 60)
    assert load({**ENVIRONMENT, "DELIVERY_METHODS": "cvs"}).delivery_methods == ("cvs",)
    for words in ("drone", "home,drone", ","):
        assert "DELIVERY_METHODS must name" in complaint({**ENVIRONMENT, "DELIVERY_METHODS": words})


def test_a_liff_app_is_named_by_its_id() -> None:
    assert load(ENVIRONMENT).line.liff_id == ""
    assert load({**ENVIRONMENT, "LIFF_ID": "1234567890-AbcdEfgh"}).line.liff_id == "1234567890-AbcdEfgh"
    assert "LIFF_ID must look like" in complaint({**ENVIRONMENT, "LIFF_ID": "https://liff.line.me/1-a"})


STORAGE = {
    "PICTURES_S3_ENDPOINT": "https://s3.example/",
    "PICTURES_S3_BUCKET": "shop-pictures",
    "PICTURES_S3_ACCESS_KEY": "the access key",
    "PICTURES_S3_SECRET_KEY": "the secret key",
}


def test_pictures_stay_in_the_database_unless_a_storage_is_named() -> None:
    settings = load(ENVIRONMENT)
    assert settings.picture_storage is None
    assert settings.pictures_public_url == ""


def test_a_picture_storage_is_named_whole() -> None:
    storage = load(ENVIRONMENT | STORAGE).picture_storage
    assert storage is not None
    assert (storage.endpoint, storage.bucket) == ("https://s3.example", "shop-pictures")
    assert storage.region == "us-east-1"
    assert load(ENVIRONMENT | STORAGE | {"PICTURES_S3_REGION": "auto"}).picture_storage != storage
    assert "the access key" not in repr(storage)
    assert "the secret key" not in repr(storage)


@pytest.mark.parametrize("given", [*STORAGE, "PICTURES_S3_REGION"])
def test_half_a_picture_storage_is_told_with_all_that_is_missing(given: str) -> None:
    words = complaint(ENVIRONMENT | {given: STORAGE.get(given, "auto")})
    assert "missing: " in words
    assert all(name in words for name in STORAGE if name != given)
    assert given not in words


@pytest.mark.parametrize(
    "bucket", ["shop/pictures", "a", "https://s3.example/shop", "../other", "shop pictures"]
)
def test_a_bucket_is_a_name_and_no_path(bucket: str) -> None:
    words = complaint(ENVIRONMENT | STORAGE | {"PICTURES_S3_BUCKET": bucket})
    assert "PICTURES_S3_BUCKET must be a bucket's name alone" in words
