"""The stand-in storage's reading of AWS Signature Version 4, against the examples of Amazon's reference."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from requests_aws4auth import AWS4Auth

from dev.objects.signature import Call, Key, Refused, sign, verify

# "Examples: Signature Calculations", Amazon S3 API reference.
AMAZON = Key("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
STAMP = "20130524T000000Z"
NOW = datetime(2013, 5, 24, tzinfo=UTC)
HOST = {"host": "examplebucket.s3.amazonaws.com", "x-amz-date": STAMP}
NOTHING = hashlib.sha256(b"").hexdigest()
EXAMPLES = {
    "get an object": (
        "GET", "/test.txt", {"range": "bytes=0-9"}, b"",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    ),
    "put an object": (
        "PUT", "/test%24file.text",
        {"date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
        b"Welcome to Amazon S3.",
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    ),
    "get the lifecycle of a bucket": (
        "GET", "/?lifecycle", {}, b"",
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    ),
    "list objects": (
        "GET", "/?max-keys=2&prefix=J", {}, b"",
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ),
}  # fmt: skip


def example(name: str) -> tuple[Call, str]:
    method, target, more, body, signature = EXAMPLES[name]
    headers = {**HOST, **more, "x-amz-content-sha256": hashlib.sha256(body).hexdigest()}
    return Call(method, target, headers, body), signature


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_published_examples_come_out(name: str) -> None:
    call, signature = example(name)
    assert sign(call, AMAZON, "20130524", STAMP, sorted(call.headers)) == signature
    verify(authorized(call, signature), AMAZON, NOW + timedelta(minutes=14))


def authorized(call: Call, signature: str, scope: str = "20130524/us-east-1/s3/aws4_request") -> Call:
    words = f"AWS4-HMAC-SHA256 Credential={AMAZON.access}/{scope}, "
    words += f"SignedHeaders={';'.join(sorted(call.headers))}, Signature={signature}"
    return replace(call, headers={**call.headers, "authorization": words})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"method": "DELETE"}, "SignatureDoesNotMatch"),
        ({"target": "/other.txt"}, "SignatureDoesNotMatch"),
        ({"body": b"Welcome to Amazon S4."}, "XAmzContentSHA256Mismatch"),
    ],
)
def test_what_was_changed_on_the_way_is_refused(change: dict[str, object], code: str) -> None:
    call, signature = example("put an object")
    with pytest.raises(Refused) as caught:
        verify(replace(authorized(call, signature), **change), AMAZON, NOW)  # type: ignore[arg-type]
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"host": "other.s3.amazonaws.com"}, "SignatureDoesNotMatch"),
        ({"authorization": "Basic eDp5"}, "AccessDenied"),
        ({"authorization": ""}, "AccessDenied"),
        ({"x-amz-acl": "public-read"}, "AccessDenied"),
        ({"content-type": "text/html"}, "AccessDenied"),
        ({"x-amz-date": "20130525T000000Z"}, "AuthorizationHeaderMalformed"),
    ],
)
def test_headers_that_were_not_signed_so_are_refused(headers: dict[str, str], code: str) -> None:
    call, signature = example("get an object")
    call = authorized(call, signature)
    with pytest.raises(Refused) as caught:
        verify(replace(call, headers={**call.headers, **headers}), AMAZON, NOW)
    assert caught.value.code == code


def test_a_signature_has_its_time() -> None:
    call, signature = example("get an object")
    for late in (timedelta(minutes=16), timedelta(minutes=-16)):
        with pytest.raises(Refused) as caught:
            verify(authorized(call, signature), AMAZON, NOW + late)
        assert caught.value.code == "RequestTimeTooSkewed"


def test_another_key_and_another_region_are_refused() -> None:
    call, signature = example("get an object")
    for key, code in (
        (Key("somebody-else", AMAZON.secret), "InvalidAccessKeyId"),
        (Key(AMAZON.access, "another secret"), "SignatureDoesNotMatch"),
        (replace(AMAZON, region="ap-east-2"), "AuthorizationHeaderMalformed"),
    ):
        with pytest.raises(Refused) as caught:
            verify(authorized(call, signature), key, NOW)
        assert caught.value.code == code


@given(
    st.sampled_from(["GET", "PUT", "DELETE", "HEAD"]),
    st.text("abc/~-_.%&=+ é商", max_size=12),
    st.dictionaries(st.text("abc-~é", min_size=1, max_size=4), st.text("xyz/&=é", max_size=6), max_size=3),
    st.binary(max_size=50),
)
def test_it_agrees_with_the_library_that_signs(
    method: str, path: str, query: dict[str, str], body: bytes
) -> None:
    address = (
        f"https://s3.example:8443/bucket/x{requests.utils.quote(path.replace('//', '/').replace('.', ''))}"
    )
    prepared = requests.Request(
        method, address, params=query, data=body, headers={"Content-Type": "image/png"},
        auth=AWS4Auth("key", "secret", "auto", "s3"),
    ).prepare()  # fmt: skip
    headers = {name.lower(): str(value) for name, value in prepared.headers.items()}
    call = Call(method, str(prepared.path_url), {**headers, "host": "s3.example:8443"}, body)
    verify(call, Key("key", "secret", "auto"), datetime.now(UTC))
