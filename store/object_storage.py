"""S3-compatible object storage for pictures: four calls, signed, each with a time limit.

Imported only where a storage is configured (`app.make_storage`).
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping

import requests
from requests.adapters import HTTPAdapter
from requests_aws4auth import AWS4Auth

from settings import PictureStorage
from store.errors import StorageError
from store.pictures import FOR_EVER, LARGEST_BYTES

TIME_LIMITS = (3.0, 6.0)  # seconds to connect, and without a byte of the answer
READ_SECONDS = 10.0  # for the whole of a picture
READERS = 2
"""Pictures read at the same time by one process: a storage that hangs must leave threads to LINE's events."""
TURN_SECONDS = 2.0
REST_SECONDS = 5.0
"""How long a storage that did not answer is not asked for pictures again."""
_ERROR_BYTES = 4096
_CODE = re.compile(rb"<Code>([A-Za-z]{1,60})</Code>")
_PIECE = 64 * 1024


class Storage:
    """One bucket. An object is named `pictures/<name>`, and its address has the bucket in the path.

    May be made before a fork and used by several threads. Every method raises `StorageError`, which says
    what the storage answered, or that it did not.
    """

    def __init__(self, settings: PictureStorage) -> None:
        self._settings = settings
        self._session = requests.Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=READERS))
        self._turns = threading.BoundedSemaphore(READERS)
        self._rest_until = 0.0

    def put(self, name: str, content: bytes, media_type: str) -> None:
        """Write an object, over one of the same name. The storage compares its digest with the signed one."""
        headers = {"Content-Type": media_type, "Cache-Control": FOR_EVER}
        with self._call("PUT", name, content, headers) as response:
            if response.status_code not in (200, 201, 204):
                raise _refusal(response)

    def has(self, name: str) -> bool:
        """Whether there is such an object."""
        with self._call("HEAD", name) as response:
            if response.status_code not in (200, 404):  # without a body to tell what is missing
                raise _refusal(response)
            return response.status_code == 200

    def get(self, name: str) -> bytes | None:
        """The bytes of an object, or None where there is none of this name."""
        if time.monotonic() < self._rest_until:
            raise StorageError("the picture storage did not answer a moment ago")
        if not self._turns.acquire(timeout=TURN_SECONDS):
            raise StorageError("the picture storage is slow, and all turns at it are taken")
        try:
            with self._call("GET", name) as response:
                if response.status_code == 200:
                    return _read(response)
                refusal = _refusal(response)
                if response.status_code == 404 and "NoSuchBucket" not in str(refusal):
                    return None
                raise refusal
        finally:
            self._turns.release()

    def delete(self, name: str) -> None:
        """Remove an object; one that is not there is fine."""
        with self._call("DELETE", name) as response:
            if response.status_code not in (200, 204, 404):
                raise _refusal(response)

    def close(self) -> None:
        """Close idle connections; the storage may be used again afterwards."""
        self._session.close()

    def _call(
        self, method: str, name: str, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        """The answer, the body of a GET still unread. Asks again where a kept connection had ended."""
        mine = self._settings
        for again in (True, False):
            try:
                return self._session.request(
                    method, f"{mine.endpoint}/{mine.bucket}/pictures/{name}", data=content, headers=headers,
                    # Its key changes with the day and is not guarded against threads; a new one costs 20 µs.
                    auth=AWS4Auth(mine.access_key, mine.secret_key, mine.region, "s3"),
                    timeout=TIME_LIMITS, allow_redirects=False, stream=method == "GET",
                )  # fmt: skip
            except requests.RequestException as error:
                ended = isinstance(error, requests.ConnectionError) and not isinstance(
                    error, requests.Timeout
                )
                if again and ended:
                    continue
                self._rest_until = time.monotonic() + REST_SECONDS
                raise StorageError(
                    f"the picture storage does not answer ({type(error).__name__} at {method})"
                ) from error
        raise AssertionError("the second attempt returns or raises")


def _read(response: requests.Response) -> bytes:
    """The body, as long as it is no larger than a picture and does not take for ever."""
    deadline = time.monotonic() + READ_SECONDS
    content = bytearray()
    try:
        for piece in response.iter_content(_PIECE):
            content += piece
            if len(content) > LARGEST_BYTES:
                raise StorageError("the picture storage holds something larger than a picture")
            if time.monotonic() > deadline:
                raise StorageError(f"the picture storage took more than {READ_SECONDS:.0f} s for a picture")
    except requests.RequestException as error:
        raise StorageError(f"the picture storage broke off ({type(error).__name__})") from error
    return bytes(content)


def _refusal(response: requests.Response) -> StorageError:
    """What a storage says when it does not do it: the status, and S3's own code where the body has one."""
    try:
        words = next(response.iter_content(_ERROR_BYTES), b"")
    except requests.RequestException:
        words = b""  # the status is what there is to tell
    code = _CODE.search(words)
    says = f"HTTP {response.status_code}" + (f" {code[1].decode()}" if code else "")
    return StorageError(f"the picture storage refused: {says} at {response.request.method}")
