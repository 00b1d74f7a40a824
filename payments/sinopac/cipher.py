"""The envelope of Bank SinoPac 豐收款: key, initial vector, signature, encryption.

Source: Bank SinoPac, 豐收款 API 開發規格書 V2.4, chapter 5. Every request and every answer is one JSON
object of six fields. `Message` carries the service's own fields, encrypted; `Sign` covers their top level
only, so what stands in a nested object or a list is guarded by the encryption and by TLS alone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

VERSION = "1.0.0"
ENVELOPE_FIELDS = ("Version", "ShopNo", "APIService", "Sign", "Nonce", "Message")

_HASH_VALUE = re.compile(r"[0-9A-F]{16}")
_HASH_ID = re.compile(r"[0-9A-F]{32}")
_SIGN = re.compile(r"[0-9A-F]{64}")
_MESSAGE = re.compile(r"(?:[0-9A-F]{32})+")


class EnvelopeError(Exception):
    """An envelope that must not be believed. The text names the field and the rule, never a value."""


class MalformedEnvelope(EnvelopeError):
    """A field is missing or has a form that the protocol does not know."""


class UndecryptableMessage(EnvelopeError):
    """`Message` does not decrypt to a JSON object: damaged on the way, or sealed with other keys."""


class WrongSignature(EnvelopeError):
    """`Sign` is not the signature of what `Message` holds."""


class UnexpectedAnswer(EnvelopeError):
    """A sound envelope, but of another version, shop or service than the one asked."""


def hash_id(a1: str, a2: str, b1: str, b2: str) -> str:
    """The long-term key from the bank's four hash values: 32 upper-case hex characters.

    Dashes, surrounding blanks and lower case are tolerated. Raises ValueError naming the value that is wrong.
    """
    first, second, third, fourth = (
        _hash_value(name, value) for name, value in (("A1", a1), ("A2", a2), ("B1", b1), ("B2", b2))
    )
    return f"{first ^ second:016X}{third ^ fourth:016X}"


def _hash_value(name: str, value: str) -> int:
    text = value.replace("-", "").strip().upper()
    if not _HASH_VALUE.fullmatch(text):
        raise ValueError(f"{name} must be 16 hexadecimal characters (8 bytes)")
    return int(text, 16)


def initial_vector(nonce: str) -> str:
    """The last 16 characters of the nonce's SHA-256 in upper-case hex, used as 16 ASCII bytes."""
    return hashlib.sha256(nonce.encode()).hexdigest().upper()[-16:]


def sign_base(fields: Mapping[str, Any]) -> str:
    """The text that is signed: `name=value` of each signed field, by name, joined with `&`.

    Of the top level, texts that are not blank and whole numbers take part; objects, lists and nulls do not.
    Values stand as they are, without URL encoding. Raises ValueError naming a field of any other type.
    """
    named = ((name, _signed_text(name, value)) for name, value in fields.items())
    return "&".join(
        f"{name}={text}" for name, text in sorted(named, key=lambda pair: pair[0].upper()) if text is not None
    )


def _signed_text(name: str, value: Any) -> str | None:
    if isinstance(value, str):
        return value if value.strip() else None
    if value is None or isinstance(value, Mapping | list | tuple):
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"{name} must be text, a whole number, an object, a list or null to be signed")


def sign(fields: Mapping[str, Any], nonce: str, hash_id: str) -> str:
    """The signature of a service's fields: SHA-256 in upper-case hex."""
    return hashlib.sha256((sign_base(fields) + nonce + hash_id).encode()).hexdigest().upper()


def encrypt(fields: Mapping[str, Any], nonce: str, hash_id: str) -> str:
    """A service's fields as compact JSON under AES-256-CBC, in upper-case hex."""
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    padder = PKCS7(128).padder()
    encryptor = _aes(nonce, hash_id).encryptor()
    sealed = encryptor.update(padder.update(text) + padder.finalize()) + encryptor.finalize()
    return sealed.hex().upper()


def decrypt(message: str, nonce: str, hash_id: str) -> dict[str, Any]:
    """The fields inside a `Message`, unpadded strictly.

    Whole numbers come out as int. A number with a fraction or an exponent stays the text it was, so that it
    is signed as written and never becomes an inexact amount. Raises UndecryptableMessage.
    """
    if not _MESSAGE.fullmatch(message):
        raise UndecryptableMessage("Message must be upper-case hex of whole 16-byte blocks")
    decryptor = _aes(nonce, hash_id).decryptor()
    padded = decryptor.update(bytes.fromhex(message)) + decryptor.finalize()
    unpadder = PKCS7(128).unpadder()
    try:
        text = (unpadder.update(padded) + unpadder.finalize()).decode()
        fields = json.loads(
            text, parse_float=str, parse_constant=_no_constant, object_pairs_hook=_distinct_names
        )
    except (ValueError, RecursionError):
        # The plain text is not chained on: it would reach the log.
        raise UndecryptableMessage(
            "Message does not decrypt to JSON with these keys and this Nonce"
        ) from None
    if not isinstance(fields, dict):
        raise UndecryptableMessage("Message must hold a JSON object")
    return fields


def _aes(nonce: str, hash_id: str) -> Cipher[modes.CBC]:
    if not _HASH_ID.fullmatch(hash_id):
        raise ValueError("hash_id must be 32 upper-case hexadecimal characters")
    return Cipher(algorithms.AES256(hash_id.encode()), modes.CBC(initial_vector(nonce).encode()))


def _no_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no JSON")


def _distinct_names(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name occurs twice")
    return fields


def seal(service: str, shop_no: str, fields: Mapping[str, Any], nonce: str, hash_id: str) -> dict[str, str]:
    """The six-field envelope around a service's fields.

    Raises ValueError naming a text that begins or ends with a blank, at any depth: the bank would refuse it.
    """
    _refuse_edge_blanks(fields, "")
    return {
        "Version": VERSION,
        "ShopNo": shop_no,
        "APIService": service,
        "Sign": sign(fields, nonce, hash_id),
        "Nonce": nonce,
        "Message": encrypt(fields, nonce, hash_id),
    }


def _refuse_edge_blanks(value: Any, name: str) -> None:
    if isinstance(value, str):
        if value != value.strip():
            raise ValueError(f"{name} must not begin or end with a blank")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            _refuse_edge_blanks(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            _refuse_edge_blanks(inner, f"{name}[{index}]")


def open_envelope(envelope: Mapping[str, Any], hash_id: str, *, service: str, shop_no: str) -> dict[str, Any]:
    """The verified fields of an envelope that must belong to `service` and `shop_no`.

    Raises MalformedEnvelope, UnexpectedAnswer, UndecryptableMessage or WrongSignature.
    """
    version, shop, named_service, signature, nonce, message = _six_texts(envelope)
    for name, value, wanted in (
        ("Version", version, VERSION),
        ("ShopNo", shop, shop_no),
        ("APIService", named_service, service),
    ):
        if value != wanted:
            raise UnexpectedAnswer(f"{name} differs from what was asked")
    fields = decrypt(message, nonce, hash_id)
    if not _is_signed(fields, signature, nonce, hash_id):
        raise WrongSignature("Sign does not belong to what Message holds")
    inner_shop = fields.get("ShopNo")
    # Only a failure may come without the shop inside: the bank publishes no example of one.
    if inner_shop != shop_no and not (inner_shop is None and fields.get("Status") == "F"):
        raise UnexpectedAnswer("ShopNo inside Message differs from the envelope's")
    return fields


def _six_texts(envelope: Mapping[str, Any]) -> list[str]:
    texts = []
    for name in ENVELOPE_FIELDS:
        value = envelope.get(name)
        if not isinstance(value, str) or not value:
            raise MalformedEnvelope(f"{name} must be a text that is not empty")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise MalformedEnvelope(f"{name} must be Unicode text") from None
        texts.append(value)
    if not _SIGN.fullmatch(envelope["Sign"]):
        raise MalformedEnvelope("Sign must be 64 upper-case hexadecimal characters")
    return texts


def _is_signed(fields: Mapping[str, Any], signature: str, nonce: str, hash_id: str) -> bool:
    candidates = [fields]
    if fields.get("Status") == "F" and fields.get("Amount") is None:
        # The bank's sample class holds OrderCreate's Amount as a plain int, which signs an absent one as 0.
        candidates.append({**fields, "Amount": 0})
    try:
        return any(
            hmac.compare_digest(sign(candidate, nonce, hash_id), signature) for candidate in candidates
        )
    except ValueError:
        raise MalformedEnvelope("Message holds a field that cannot be signed") from None
