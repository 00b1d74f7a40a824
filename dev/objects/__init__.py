"""A stand-in for S3-compatible object storage: real sockets, true signatures, nothing that lasts."""

from dev.objects.app import create_app
from dev.objects.bucket import Bucket
from dev.objects.signature import Key

__all__ = ["Bucket", "Key", "create_app"]
