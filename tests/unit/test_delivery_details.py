"""Who gets the parcel: what is taken, how it is tidied, and what is wrong with the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.delivery_details import Details, Fault, check, tidy

NAME, PHONE, ADDRESS = "王小明", "0912345678", "台北市信義區信義路五段7號"


def faults(name: str = NAME, phone: str = PHONE, address: str = ADDRESS) -> dict[str, Fault]:
    result = check(name, phone, address)
    assert isinstance(result, dict)
    return result


@pytest.mark.parametrize(
    "phone",
    ["0912345678", "0912-345-678", "0912 345 678", "+886912345678", "+886 0912-345-678", "00886912345678",
     "886912345678", "０９１２３４５６７８", "(0912) 345.678", "0912‑345‑678", " 0912345678\u200b"],
)  # fmt: skip
def test_a_mobile_number_is_understood_however_it_is_written(phone: str) -> None:
    assert check(NAME, phone, ADDRESS) == Details(NAME, "0912345678", ADDRESS)


@pytest.mark.parametrize(
    "phone", ["12345", "0223456789", "091234567", "09123456789", "+819012345678", "0912abc678", "٠٩١٢٣٤٥٦٧٨x"]
)
def test_what_is_no_taiwanese_mobile_is_refused(phone: str) -> None:
    assert faults(phone=phone) == {"phone": Fault.NOT_A_MOBILE}


@pytest.mark.parametrize(
    "name", ["王小明", "歐陽 娜娜", "Anne-Marie O'Neil", "Kolas Yotaka", "José", "瑪麗·居禮", "Ｊｏｈｎ"]
)
def test_names_of_people_are_taken(name: str) -> None:
    assert isinstance(check(name, PHONE, ADDRESS), Details)


@pytest.mark.parametrize(
    ("name", "fault"),
    [("", Fault.MISSING), (" \u200b ", Fault.MISSING), ("王", Fault.TOO_SHORT), ("王" * 31, Fault.TOO_LONG),
     ("王小明2", Fault.NOT_A_NAME), ("https://x", Fault.NOT_A_NAME), ("王<b>明", Fault.NOT_A_NAME)],
)  # fmt: skip
def test_what_is_wrong_with_a_name_is_said(name: str, fault: Fault) -> None:
    assert faults(name=name) == {"name": fault}


@pytest.mark.parametrize(
    "address",
    ["臺北市信義區信義路五段7號", "10491 台北市中山區南京東路二段六十九號", "花蓮縣花蓮市國聯一路100號",
     "No. 7, Sec. 5, Xinyi Rd., Taipei", "７號　信義路五段　台北市"],
)  # fmt: skip
def test_addresses_in_taiwan_are_taken(address: str) -> None:
    assert isinstance(check(NAME, PHONE, address), Details)


@pytest.mark.parametrize(
    ("address", "fault"),
    [("", Fault.MISSING), ("台北市7號", Fault.TOO_SHORT), ("台北市" + "路" * 118, Fault.TOO_LONG),
     ("信義區信義路五段7號", Fault.NO_CITY), ("台北市信義區信義路", Fault.NO_NUMBER)],
)  # fmt: skip
def test_what_is_wrong_with_an_address_is_said(address: str, fault: Fault) -> None:
    assert faults(address=address) == {"address": fault}


def test_everything_that_is_wrong_is_said_at_once() -> None:
    assert faults("", "1", "x") == {
        "name": Fault.MISSING,
        "phone": Fault.NOT_A_MOBILE,
        "address": Fault.TOO_SHORT,
    }


TYPED = st.characters()


@given(
    name=st.text(TYPED, max_size=60), phone=st.text(TYPED, max_size=30), address=st.text(TYPED, max_size=150)
)
def test_whatever_is_typed_is_taken_in_its_final_form_or_refused_by_field(
    name: str, phone: str, address: str
) -> None:
    result = check(name, phone, address)
    if isinstance(result, Details):
        assert check(result.name, result.phone, result.address) == result
    else:
        assert result.keys() <= {"name", "phone", "address"}
        assert result


@given(st.text(TYPED))
def test_tidy_text_is_one_line_that_stays_as_it_is(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once
    assert once == once.strip()
    assert once.isprintable()
