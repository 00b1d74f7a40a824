"""AWS Signature Version 4 as the receiving side works it out, from the published rules alone.

"Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk" in the Amazon
S3 API reference; its four examples are the vectors of the tests.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote

SKEW_SECONDS = 900
UNSIGNED = "UNSIGNED-PAYLOAD"
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/, ]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, ?"
    r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})"
)


@dataclass(frozen=True)
class Key:
    """A pair of keys, and the region of the bucket they open."""

    access: str
    secret: str
    region: str = "us-east-1"


@dataclass(frozen=True)
class Call:
    """A request as it came in: `target` is path and query as on the wire, header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Refused(Exception):
    """A request that the storage does not carry out: an HTTP status and S3's code for it."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


def verify(call: Call, key: Key, now: datetime) -> None:
    """Raises `Refused` unless the call was signed with this key, not long ago, for exactly these bytes."""
    found = _AUTHORIZATION.fullmatch(call.headers.get("authorization", ""))
    if not found:
        raise Refused(403, "AccessDenied")
    access, day, region, service, names, signature = found.groups()
    if not hmac.compare_digest(access, key.access):
        raise Refused(403, "InvalidAccessKeyId")
    stamp = call.headers.get("x-amz-date", "")
    if (region, service) != (key.region, "s3") or not stamp.startswith(day):
        raise Refused(400, "AuthorizationHeaderMalformed")
    if abs((now - _time(stamp)).total_seconds()) > SKEW_SECONDS:
        raise Refused(403, "RequestTimeTooSkewed")
    signed = names.split(";")
    if signed != sorted(set(signed)) or not _must_be_signed(call) <= set(signed):
        raise Refused(403, "AccessDenied")
    payload = call.headers.get("x-amz-content-sha256", "")
    right = sign(call, key, day, stamp, signed)
    if not hmac.compare_digest(right, signature):
        raise Refused(403, "SignatureDoesNotMatch")
    if payload not in (UNSIGNED, hashlib.sha256(call.body).hexdigest()):
        raise Refused(400, "XAmzContentSHA256Mismatch")


def sign(call: Call, key: Key, day: str, stamp: str, signed: list[str]) -> str:
    """The signature of a call over these headers."""
    path, _, query = call.target.partition("?")
    headers = "".join(f"{name}:{' '.join(call.headers.get(name, '').split())}\n" for name in signed)
    request = "\n".join(
        [
            call.method,
            quote(unquote(path), safe="/~"),
            _canonical_query(query),
            headers,
            ";".join(signed),
            call.headers.get("x-amz-content-sha256", ""),
        ]
    )
    scope = f"{day}/{key.region}/s3/aws4_request"
    words = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(request.encode()).hexdigest()])
    secret = f"AWS4{key.secret}".encode()
    for part in (day, key.region, "s3", "aws4_request"):
        secret = hmac.digest(secret, part.encode(), "sha256")
    return hmac.digest(secret, words.encode(), "sha256").hex()


def _canonical_query(query: str) -> str:
    pairs = (part.partition("=") for part in query.split("&") if part)
    encoded = sorted(
        (quote(unquote(name), safe="~"), quote(unquote(value), safe="~")) for name, _, value in pairs
    )
    return "&".join(f"{name}={value}" for name, value in encoded)


def _must_be_signed(call: Call) -> set[str]:
    """The host, all of Amazon's own headers and, where there is one, the content's type (Ceph insists)."""
    own = {name for name in call.headers if name.startswith("x-amz-")}
    return {"host", "x-amz-date", "x-amz-content-sha256", *own} | ({"content-type"} & set(call.headers))


def _time(stamp: str) -> datetime:
    try:
        return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Refused(403, "AccessDenied") from None
