"""Pictures between the database and the storage, erased for good, and under the doctor's eyes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

import settings as environment
from store.object_storage import Storage
from tests.integration.picture_gallery import JPEG, PNG, Gallery, keys, open_gallery, product_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def gallery(database_url: str) -> Iterator[Gallery]:
    with open_gallery(database_url) as gallery:
        yield gallery


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"secret_key": "wrong"}, "HTTP 403 SignatureDoesNotMatch"),
        ({"access_key": "wrong"}, "HTTP 403 InvalidAccessKeyId"),
        ({"bucket": "nothing-here"}, "HTTP 404 NoSuchBucket"),
        ({"region": "ap-east-2"}, "HTTP 400 AuthorizationHeaderMalformed"),
        ({"endpoint": "http://127.0.0.1:9"}, "does not answer (ConnectionError"),
    ],
)
def test_the_doctor_says_what_is_wrong_with_the_storage(
    gallery: Gallery, change: dict[str, str], words: str
) -> None:
    gallery.storage = Storage(replace(keys(gallery.bucket, gallery.url), **change))  # type: ignore[arg-type]
    [(ok, said)] = gallery.doctor()
    assert not ok
    assert words in said
    assert "cannot write" in said
    assert "PICTURES_S3_" in said
    assert gallery.bucket.key.secret not in said
    gallery.storage.close()


@pytest.mark.parametrize(("method", "step"), [("PUT", "write"), ("GET", "read"), ("DELETE", "delete")])
def test_the_doctor_tries_each_thing_that_keys_must_allow(gallery: Gallery, method: str, step: str) -> None:
    gallery.bucket.add_fault("forbidden", method=method)
    [(ok, said)] = gallery.doctor()
    assert not ok
    assert f"cannot {step}: the picture storage refused: HTTP 403 AccessDenied" in said
    assert f"must be allowed to {step}" in said


def test_the_doctor_is_content_and_leaves_nothing_behind(gallery: Gallery) -> None:
    gallery.hang(JPEG)
    held = dict(gallery.bucket.objects)
    assert gallery.doctor() == [(True, "pictures: 1 in the storage, which writes, reads and deletes")]
    assert gallery.bucket.objects == held


def test_the_doctor_looks_at_the_public_address_of_both_kinds(gallery: Gallery) -> None:
    gallery.use(None)
    gallery.hang(PNG)
    gallery.use(Storage(keys(gallery.bucket, gallery.url)), f"{gallery.url}/{gallery.bucket.name}")
    gallery.hang(JPEG)
    assert "1 in the database" in gallery.doctor()[0][1]
    (ok, said) = gallery.doctor()[1]
    assert not ok
    assert "shop pictures move storage" in said
    assert gallery.run("move", "storage")[0] == 0
    assert [ok for ok, _ in gallery.doctor()] == [True, True]
    gallery.bucket.public = False
    assert "HTTP 403" in gallery.doctor()[1][1]
    assert gallery.storage is not None
    gallery.storage.close()


def test_pictures_move_to_the_storage_and_back_and_are_seen_all_the_while(gallery: Gallery) -> None:
    storage = gallery.storage
    gallery.use(None)
    contents = [JPEG + bytes([number]) for number in range(60)]
    digests = [gallery.hang(content) for content in contents]
    gallery.use(storage)
    assert gallery.where() == (60, 0)
    assert gallery.see(digests[0]).data == contents[0], "not moved, but seen"
    assert gallery.run("move", "storage") == (
        0, "50 pictures moved\nall pictures are in the storage; 60 were moved now\n", "",
    )  # fmt: skip
    assert gallery.where() == (0, 60)
    assert [gallery.see(digest).data for digest in digests] == contents
    assert "; 0 were moved" in gallery.run("move", "storage")[1]
    gallery.use(None)
    assert gallery.see(digests[0]).status_code == 503
    assert "60 of them are in a storage that is not configured" in gallery.doctor()[0][1]
    assert gallery.hang(contents[0]) == digests[0]
    assert gallery.see(digests[0]).data == contents[0], "sent in again, it is here again"
    gallery.use(storage)
    assert "; 59 were moved" in gallery.run("move", "database")[1]
    gallery.use(None)
    gallery.bucket.objects.clear()
    assert [gallery.see(digest).data for digest in digests] == contents


@pytest.mark.parametrize("fault", ["forbidden", "garbled", "cut"])
def test_a_move_that_breaks_off_loses_nothing_and_goes_on_later(gallery: Gallery, fault: str) -> None:
    storage = gallery.storage
    gallery.use(None)
    contents = [JPEG + bytes([number]) for number in range(6)]
    digests = [gallery.hang(content) for content in contents]
    gallery.use(storage)
    for _ in range(3):
        gallery.bucket.add_fault("slow", seconds=0.0, times=1, method="GET")
    gallery.bucket.add_fault(fault, method="GET")
    status, _, complaints = gallery.run("move", "storage")
    assert status == 1
    assert complaints.startswith("the picture storage ")
    assert len(complaints.splitlines()) == 1
    assert gallery.where() == (3, 3), "what could not be read back stays here"
    gallery.bucket.clear_faults()
    assert gallery.run("move", "storage")[1].endswith("; 3 were moved now\n")
    assert [gallery.see(digest).data for digest in digests] == contents


def test_without_a_storage_nothing_is_moved(gallery: Gallery) -> None:
    gallery.use(None)
    status, _, complaints = gallery.run("move", "storage")
    assert status == 1
    assert "set PICTURES_S3_ENDPOINT" in complaints


def test_a_picture_nobody_shows_can_be_erased_from_both_places(gallery: Gallery) -> None:
    product_of(gallery)
    storage = gallery.storage
    digest = gallery.hang(JPEG)
    gallery.house.run("UPDATE products SET picture = %s", digest)
    status, _, complaints = gallery.run("erase", digest)
    assert (status, "a product shows this picture" in complaints) == (1, True)
    gallery.house.run("UPDATE products SET picture = ''")
    gallery.use(None)
    assert "set PICTURES_S3_ENDPOINT" in gallery.run("erase", digest)[2]
    gallery.use(storage)
    assert gallery.run("erase", digest)[0] == 0
    assert gallery.bucket.objects == {}
    assert gallery.where() == (0, 0)
    assert gallery.see(digest).status_code == 404
    assert "there is no picture" in gallery.run("erase", digest)[2]


def test_the_library_is_loaded_only_where_a_storage_is_configured() -> None:
    look = "import sys; from app import create_app; create_app(); print('requests_aws4auth' in sys.modules)"
    env = {
        "PATH": os.environ["PATH"], "DATABASE_URL": "postgresql://u@127.0.0.1:9/x", "SECRET_KEY": "k",
        "PUBLIC_URL": "https://shop.example", "LINE_CHANNEL_SECRET": "s", "LINE_CHANNEL_ACCESS_TOKEN": "t",
        "PAYMENT_METHODS": "cod",
    }  # fmt: skip
    storage = {
        "PICTURES_S3_ENDPOINT": "https://s3.example", "PICTURES_S3_BUCKET": "shop",
        "PICTURES_S3_ACCESS_KEY": "a", "PICTURES_S3_SECRET_KEY": "s",
    }  # fmt: skip
    for given, loaded in ((env, "False"), (env | storage, "True")):
        done = subprocess.run(
            [sys.executable, "-c", look],
            cwd=ROOT,
            env=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert done.stdout.strip() == loaded


def test_the_stand_in_runs_as_a_process_and_names_its_settings() -> None:
    command = [sys.executable, "-m", "dev.objects", "--port", "0", "--public"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(3)]
        named = dict(word.split("=", 1) for line in lines for word in line.split()[1:])
        settings = environment._picture_storage(environment._Reader(named))
        assert settings is not None
        storage = Storage(settings)
        storage.put("a", PNG, "image/png")
        assert storage.get("a") == PNG
        assert requests.get(f"{named['PICTURES_PUBLIC_URL']}/pictures/a", timeout=5).content == PNG
        storage.close()
        child.terminate()
        assert child.wait(timeout=10) == 0
