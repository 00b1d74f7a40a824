"""The stand-in's face: the four calls of S3 that a picture needs, path-style (`/<bucket>/<name>`)."""

from __future__ import annotations

import hashlib
import os
import socket
import struct
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, request

from dev.objects.bucket import Bucket, Fault, Object
from dev.objects.signature import Call, Refused, verify

LARGEST = 16 * 1024 * 1024  # bytes
_KEPT = ("Content-Type", "Cache-Control")


def create_app(bucket: Bucket) -> Flask:
    """A storage with one bucket."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST

    @app.route("/<path:path>", methods=["GET", "HEAD", "PUT", "DELETE"], provide_automatic_options=False)
    def call(path: str) -> Response:
        name = path.partition("/")[2]
        try:
            response = _answer(bucket, path.partition("/")[0], name)
        except Refused as refused:
            words = f"<?xml version='1.0'?><Error><Code>{refused.code}</Code><Key>{len(name)}</Key></Error>"
            response = Response(words, refused.status, mimetype="application/xml")
        bucket.calls.append((request.method, name, response.status_code))
        return response

    return app


def _answer(bucket: Bucket, place: str, name: str) -> Response:
    body = request.get_data()
    fault = bucket.take_fault(request.method)
    if fault:
        _befall(bucket, fault)
    if not (bucket.public and request.method in ("GET", "HEAD") and "Authorization" not in request.headers):
        headers = {header.lower(): value for header, value in request.headers.items()}
        verify(Call(request.method, _target(), headers, body), bucket.key, datetime.now(UTC))
    if place != bucket.name:
        raise Refused(404, "NoSuchBucket")
    if fault and fault.name == "reset":
        return _Broken()
    if request.method == "PUT":
        kept = {header: request.headers[header] for header in _KEPT if header in request.headers}
        bucket.objects[name] = Object(body, kept)
        return Response(headers={"ETag": _etag(body)})
    if request.method == "DELETE":
        bucket.objects.pop(name, None)
        return Response(status=204)
    found = bucket.objects.get(name)
    if found is None:
        raise Refused(404, "NoSuchKey")
    return _bring(found, fault.name if fault else "")


def _bring(found: Object, fault: str) -> Response:
    if fault == "cut":
        return Response(
            found.content[: len(found.content) // 2], headers={"Content-Length": str(len(found.content))}
        )
    content = b"garbled" if fault == "garbled" else found.content
    return Response(content, headers={**found.headers, "ETag": _etag(found.content)})


def _befall(bucket: Bucket, fault: Fault) -> None:
    if fault.name == "forbidden":
        raise Refused(403, "AccessDenied")
    if fault.name == "error":
        raise Refused(500, "InternalError")
    if fault.name == "slow":
        bucket.closed.wait(fault.seconds)


def _target() -> str:
    """Path and query as they came over the wire; Flask has decoded its own copy."""
    return str(request.environ["REQUEST_URI"])


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


class _Broken(Response):
    """Sends a TCP reset instead of an answer."""

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        connection = environ["werkzeug.socket"]
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # The server goes on to use the connection: it gets a dead one in its place.
        dead, other = socket.socketpair()
        other.close()
        os.dup2(dead.fileno(), connection.fileno())
        dead.close()
        raise ConnectionAbortedError("The connection was broken on request")
