"""The bank's envelope against the published vectors, and against every way of spoiling it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from payments.sinopac.cipher import (
    ENVELOPE_FIELDS,
    EnvelopeError,
    MalformedEnvelope,
    UndecryptableMessage,
    UnexpectedAnswer,
    WrongSignature,
    decrypt,
    encrypt,
    hash_id,
    initial_vector,
    open_envelope,
    seal,
    sign,
    sign_base,
)

VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "sinopac.json").read_text(encoding="utf-8")
)
ENVELOPES = VECTORS["envelope"] + [vector for vector in VECTORS["derived"] if "sign_base" in vector]
DERIVED = {vector["id"]: vector for vector in VECTORS["derived"]}
HASH_IDS = VECTORS["hashid"] + [DERIVED["d-hashid-leading-zeros"]]
SHOP = "BA0026_001"
KEY = VECTORS["hashid"][0]["hashid"]
NONCE = VECTORS["iv"][1]["nonce"]
ANSWER: dict[str, Any] = {
    "OrderNo": "C1",
    "ShopNo": SHOP,
    "Amount": 50000,
    "Status": "S",
    "Description": "S0000 – 處理成功",
    "CardParam": {
        "CardPayURL": "https://sandbox.sinopac.com/QPay.WebPaySite/Bridge/PayCard?TD=BA002600000037"
    },
}
SEALED = seal("OrderCreate", SHOP, ANSWER, NONCE, KEY)


def _id(vector: dict[str, Any]) -> str:
    return str(vector.get("id") or vector["nonce"])


def _open(envelope: dict[str, Any], service: str = "OrderCreate", shop: str = SHOP) -> dict[str, Any]:
    return open_envelope(envelope, KEY, service=service, shop_no=shop)


@pytest.mark.parametrize("vector", HASH_IDS, ids=_id)
def test_the_hash_id_of_the_published_values_is_met(vector: dict[str, Any]) -> None:
    assert hash_id(vector["A1"], vector["A2"], vector["B1"], vector["B2"]) == vector["hashid"]


def test_hash_values_may_carry_dashes_blanks_and_lower_case() -> None:
    assert hash_id("4d97-09d6-99ca-40ee", " 5A4FEF83140C4E9E ", "BC74301945134CB4", "961f67f8fca44ab9") == KEY


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("wrong", ["", "4D9709D699CA40E", "4D9709D699CA40EE0", "4D9709D699CA40EG", "x" * 16])
def test_a_wrong_hash_value_is_named(place: int, wrong: str) -> None:
    values = ["4D9709D699CA40EE"] * 4
    values[place] = wrong
    with pytest.raises(ValueError, match=("A1", "A2", "B1", "B2")[place]):
        hash_id(*values)


@pytest.mark.parametrize("vector", VECTORS["iv"], ids=_id)
def test_the_initial_vector_of_the_published_nonces_is_met(vector: dict[str, Any]) -> None:
    assert initial_vector(vector["nonce"]) == vector["iv"]


@pytest.mark.parametrize("vector", VECTORS["sign"], ids=_id)
def test_the_published_signature_is_met(vector: dict[str, Any]) -> None:
    assert sign_base(vector["fields"]) == vector["sign_base"]
    assert sign(vector["fields"], vector["nonce"], vector["hashid"]) == vector["sign"]


@pytest.mark.parametrize("vector", ENVELOPES, ids=_id)
def test_every_known_message_decrypts_to_its_plain_text_and_signs_alike(vector: dict[str, Any]) -> None:
    fields = decrypt(vector["message"], vector["nonce"], vector["hashid"])
    assert fields == json.loads(vector["plaintext"])
    assert sign_base(fields) == vector["sign_base"]
    assert sign(fields, vector["nonce"], vector["hashid"]) == vector["sign"]


@pytest.mark.parametrize("vector", [v for v in ENVELOPES if not _id(v).startswith("php")], ids=_id)
def test_every_known_message_is_encrypted_to_the_same_bytes(vector: dict[str, Any]) -> None:
    fields = json.loads(vector["plaintext"])
    assert encrypt(fields, vector["nonce"], vector["hashid"]) == vector["message"]


def test_an_envelope_that_was_sealed_opens_to_the_same_fields() -> None:
    assert tuple(SEALED) == ENVELOPE_FIELDS
    assert _open(SEALED) == ANSWER


@pytest.mark.parametrize("signed", ["sign_if_only_present_fields", "sign_if_Amount_0_is_signed"])
def test_a_failure_without_amount_is_believed_under_either_signature(signed: str) -> None:
    vector = DERIVED["d-failure-amount-ambiguity"]
    envelope = {
        **SEALED,
        "Nonce": vector["nonce"],
        "Message": vector["message"],
        "Sign": vector[signed],
    }
    assert _open(envelope)["Description"] == "E0302 – 訂單編號重覆"


def test_a_success_without_amount_is_not_believed_under_the_signature_of_amount_0() -> None:
    fields = {"ShopNo": SHOP, "Status": "S"}
    envelope = seal("OrderQuery", SHOP, fields, NONCE, KEY)
    envelope["Sign"] = sign({**fields, "Amount": 0}, NONCE, KEY)
    with pytest.raises(WrongSignature):
        _open(envelope, "OrderQuery")


@example(field="Message", place=0, other="a")
@example(field="Sign", place=5, other="f")
@example(field="Nonce", place=3, other="\udc80")
@given(
    field=st.sampled_from(ENVELOPE_FIELDS),
    place=st.integers(min_value=0),
    other=st.one_of(st.sampled_from("0123456789ABCDEFabcdef"), st.characters()),
)
def test_a_changed_character_anywhere_is_refused(field: str, place: int, other: str) -> None:
    text = SEALED[field]
    place %= len(text)
    changed = text[:place] + other + text[place + 1 :]
    if changed == text:
        return
    with pytest.raises(EnvelopeError):
        _open({**SEALED, field: changed})


@given(place=st.integers(min_value=0), bit=st.integers(min_value=0, max_value=7))
def test_a_changed_bit_of_the_ciphertext_is_refused(place: int, bit: int) -> None:
    message = bytearray.fromhex(SEALED["Message"])
    message[place % len(message)] ^= 1 << bit
    with pytest.raises((UndecryptableMessage, WrongSignature)):
        _open({**SEALED, "Message": message.hex().upper()})


@pytest.mark.parametrize("field", ENVELOPE_FIELDS)
@pytest.mark.parametrize("value", [None, "", 7, ["x"], {}])
def test_a_missing_or_strange_field_is_malformed_and_named(field: str, value: Any) -> None:
    with pytest.raises(MalformedEnvelope, match=field):
        _open({**SEALED, field: value})
    with pytest.raises(MalformedEnvelope, match=field):
        _open({name: text for name, text in SEALED.items() if name != field})


def test_another_service_shop_or_version_is_unexpected() -> None:
    with pytest.raises(UnexpectedAnswer, match="APIService"):
        _open(SEALED, service="OrderQuery")
    with pytest.raises(UnexpectedAnswer, match="ShopNo"):
        _open(SEALED, shop="NA0249_001")
    with pytest.raises(UnexpectedAnswer, match="Version"):
        _open({**SEALED, "Version": "1.0.1"})


@pytest.mark.parametrize("inner", ["NA0249_001", None, 7])
def test_the_shop_inside_the_message_must_be_the_one_outside(inner: Any) -> None:
    with pytest.raises(UnexpectedAnswer, match="ShopNo"):
        _open(seal("OrderCreate", SHOP, {**ANSWER, "ShopNo": inner}, NONCE, KEY))


def test_a_failure_may_come_without_the_shop_inside() -> None:
    fields = {"Status": "F", "Description": "E0101 – 商店編號不存在"}
    assert _open(seal("OrderCreate", SHOP, fields, NONCE, KEY)) == fields


def _forged(text: bytes) -> dict[str, str]:
    """An envelope around any bytes, as only a holder of the keys could make it."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    encryptor = Cipher(algorithms.AES256(KEY.encode()), modes.CBC(initial_vector(NONCE).encode())).encryptor()
    return {**SEALED, "Message": (encryptor.update(text) + encryptor.finalize()).hex().upper()}


def _padded(text: bytes) -> bytes:
    rest = 16 - len(text) % 16
    return text + bytes([rest]) * rest


@pytest.mark.parametrize(
    "text",
    [
        b'{"Status":"S"}\x01\x02',  # padding says 2 bytes, the other is not 2
        b'{"Status":"S"} \x00',  # no padding has length 0
        b'{"Status":"S"} \x11',  # nor 17
        _padded(b"[1]"),
        _padded(b'"text"'),
        _padded(b"\xff\xfe"),
        _padded(b'{"Status":"S"'),
        _padded(b'{"Status":"F","Status":"S"}'),
        _padded(b'{"Amount":NaN}'),
        _padded(b"[" * 4096),
        _padded(b'{"Amount":' + b"9" * 5000 + b"}"),
    ],
)
def test_plain_text_that_is_no_sound_json_object_is_undecryptable(text: bytes) -> None:
    with pytest.raises(UndecryptableMessage):
        _open(_forged(text))


def test_a_boolean_cannot_be_signed() -> None:
    with pytest.raises(ValueError, match="Flag"):
        sign_base({"Flag": True})
    with pytest.raises(MalformedEnvelope):
        _open(_forged(_padded(b'{"Flag":true}')))


def test_numbers_are_signed_as_written_and_whole_ones_are_int() -> None:
    fields = decrypt(_forged(_padded(b'{"Amount":50000,"Rate":1.50,"Big":1e3}'))["Message"], NONCE, KEY)
    assert fields == {"Amount": 50000, "Rate": "1.50", "Big": "1e3"}
    assert sign_base(fields) == "Amount=50000&Big=1e3&Rate=1.50"


def test_names_are_ordered_without_regard_to_case() -> None:
    assert sign_base({"b": "1", "C": "2", "A": "3"}) == "A=3&b=1&C=2"


def test_the_wrong_keys_do_not_open_an_envelope_and_no_plain_text_leaks() -> None:
    other = VECTORS["hashid"][1]["hashid"]
    with pytest.raises(UndecryptableMessage) as caught:
        open_envelope(SEALED, other, service="OrderCreate", shop_no=SHOP)
    assert caught.value.__cause__ is None
    assert "C1" not in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"PrdtName": " 茶"}, "PrdtName"),
        ({"PrdtName": "茶\u3000"}, "PrdtName"),
        ({"Param2": "   "}, "Param2"),
        ({"CardParam": {"PayTypeSub": "ONE "}}, r"CardParam\.PayTypeSub"),
        ({"OrderList": [{"OrderNo": "A1"}, {"OrderNo": "A2\n"}]}, r"OrderList\[1\]\.OrderNo"),
    ],
)
def test_a_text_with_a_blank_at_an_edge_is_not_sealed(fields: dict[str, Any], name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} "):
        seal("OrderCreate", SHOP, fields, NONCE, KEY)


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=12),
        st.one_of(st.none(), st.integers(), st.text().map(str.strip), st.lists(st.text().map(str.strip))),
    )
)
def test_whatever_is_sealed_opens_again(extra: dict[str, Any]) -> None:
    fields = {**extra, "ShopNo": SHOP}
    assert _open(seal("OrderCreate", SHOP, fields, NONCE, KEY)) == fields
