"""Where a parcel is picked up: what is taken, how it is tidied, and what is wrong with the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scenes import details as forms
from store import delivery_details
from store.pickup import BRANDS, Fault, Pickup, Store, brand_of, check, pickup

NAME, PHONE = "王小明", "0912345678"


def faults(brand: str = "7-ELEVEN", code: str = "131386", store: str = "鑫台北") -> object:
    return check(NAME, PHONE, brand, code, store)


@pytest.mark.parametrize(
    ("typed", "brand"),
    [("7-11", "7-ELEVEN"), ("７－１１", "7-ELEVEN"), ("7-Eleven", "7-ELEVEN"), ("小七", "7-ELEVEN"),
     ("統一超商", "7-ELEVEN"), ("全家便利商店", "全家"), ("FamilyMart", "全家"), ("Hi-Life", "萊爾富"),
     ("ok mart", "OK"), ("OK超商", "OK"), ("便利商店", None), ("", None)],
)  # fmt: skip
def test_chains_are_known_by_the_names_people_use(typed: str, brand: str | None) -> None:
    assert brand_of(typed) == brand


@pytest.mark.parametrize(
    ("brand", "code", "store", "kept"),
    [
        ("小七", " 131-386 ", "鑫台北門市", Store("7-ELEVEN", "131386", "鑫台北")),
        ("全家", "０１６７６８", "全家台北店", Store("全家", "016768", "全家台北")),
        ("萊爾富", "h123", "板橋", Store("萊爾富", "H123", "板橋")),
        ("OK", "1234", "民生 2", Store("OK", "1234", "民生 2")),
    ],
)
def test_a_store_is_understood_however_it_is_written(brand: str, code: str, store: str, kept: Store) -> None:
    assert check(NAME, "0912-345-678", brand, code, store) == pickup(NAME, PHONE, kept)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"brand": ""}, {"brand": Fault.MISSING}),
        ({"brand": "美廉社"}, {"brand": Fault.NO_SUCH_BRAND}),
        ({"code": ""}, {"code": Fault.MISSING}),
        ({"code": "13138"}, {"code": Fault.NOT_SIX_DIGITS}),
        ({"code": "13138A"}, {"code": Fault.NOT_SIX_DIGITS}),
        ({"brand": "OK", "code": "123"}, {"code": Fault.NOT_A_CODE}),
        ({"brand": "OK", "code": "1234567"}, {"code": Fault.NOT_A_CODE}),
        ({"store": " 門市 "}, {"store": Fault.MISSING}),
        ({"store": "鑫" * 21}, {"store": Fault.TOO_LONG}),
        ({"store": "<b>"}, {"store": Fault.NOT_A_NAME}),
    ],
)
def test_what_is_wrong_with_a_store_is_said(fields: dict[str, str], fault: object) -> None:
    assert faults(**fields) == fault


def test_the_person_is_checked_with_the_store() -> None:
    assert check("王", "12", "", "", "") == {
        "name": delivery_details.Fault.TOO_SHORT,
        "phone": delivery_details.Fault.NOT_A_MOBILE,
        "brand": Fault.MISSING,
        "code": Fault.MISSING,
        "store": Fault.MISSING,
    }


def test_the_store_is_written_as_people_write_it() -> None:
    kept = check(NAME, PHONE, "小七", "131386", "鑫台北門市")
    assert isinstance(kept, Pickup)
    assert (kept.address, kept.delivery) == ("7-ELEVEN 鑫台北門市（131386）", "cvs")


@given(st.sampled_from(BRANDS), st.text(max_size=10), st.text(max_size=30))
def test_whatever_is_taken_is_taken_again_unchanged(brand: str, code: str, store: str) -> None:
    first = check(NAME, PHONE, brand, code, store)
    if isinstance(first, Pickup):
        place = first.store
        assert check(first.name, first.phone, place.brand, place.code, place.name) == first


@pytest.mark.parametrize(
    "typed",
    [
        "姓名：王小明\n電話：0912345678\n超商：7-11\n店號：131386\n門市：鑫台北",
        "門市：鑫台北門市\n店號：131386\n超商：小七\n電話：0912345678\n收件人：王小明",
        "王小明\n0912345678\n7-11\n131386\n鑫台北門市",
    ],
)
def test_a_store_is_read_out_of_typed_lines(typed: str) -> None:
    given_ = forms.labelled(typed) or forms.unlabelled(typed, "cvs")
    assert forms.meant(given_, "home") == "cvs"
    kept = forms.judge(given_, "cvs")
    assert kept == pickup(NAME, PHONE, Store("7-ELEVEN", "131386", "鑫台北"))
    assert forms.judge(forms.known_fields(kept), "cvs") == kept  # type: ignore[arg-type]


def test_a_form_is_known_by_all_its_lines() -> None:
    assert forms.is_form("姓名：a\n電話：b\n地址：c")
    assert forms.is_form("姓名：a\n電話：b\n超商：c\n店號：d\n門市：e")
    assert not forms.is_form("姓名：a\n電話：b\n超商：c")
