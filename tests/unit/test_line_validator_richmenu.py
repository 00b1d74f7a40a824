"""Rich menu objects and their pictures, as LINE would judge them."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from dev.line.validate import validate_rich_menu, validate_rich_menu_image

Json = dict[str, Any]


def area(x: int = 0, y: int = 0, width: int = 1250, height: int = 843, **action: Any) -> Json:
    return {
        "bounds": {"x": x, "y": y, "width": width, "height": height},
        "action": action or {"type": "message", "label": "商品", "text": "商品"},
    }


def menu(**changed: Any) -> Json:
    return {
        "size": {"width": 2500, "height": 843},
        "selected": True,
        "name": "guest",
        "chatBarText": "選單",
        "areas": [area(), area(x=1250, type="richmenuswitch", richMenuAliasId="member", data="tab=2")],
        **changed,
    }


def picture(width: int = 2500, height: int = 843, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "#1DB446").save(out, kind)
    return out.getvalue()


def test_a_good_menu_passes() -> None:
    assert validate_rich_menu(menu()) == []
    assert validate_rich_menu(menu(areas=[])) == []


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"areas": [area()] * 21}, "areas"),
        ({"chatBarText": "字" * 15}, "chatBarText"),
        ({"chatBarText": ""}, "chatBarText"),
        ({"name": "n" * 301}, "name"),
        ({"size": {"width": 700, "height": 300}}, "size.width"),
        ({"size": {"width": 2501, "height": 843}}, "size.width"),
        ({"size": {"width": 2500, "height": 249}}, "size.height"),
        ({"size": {"width": 1000, "height": 1000}, "areas": []}, "size"),
        ({"areas": [area(x=2000)]}, "areas[0].bounds"),
        ({"areas": [area(x=-1)]}, "areas[0].bounds.x"),
        ({"areas": [area(type="camera", label="拍")]}, "areas[0].action.type"),
        ({"areas": [area(type="message", text="買", label="字" * 21)]}, "areas[0].action.label"),
        (
            {"areas": [area(type="richmenuswitch", richMenuAliasId="A b", data="")]},
            "areas[0].action.richMenuAliasId",
        ),
        ({"selected": "yes"}, "selected"),
        ({"colour": "#000000"}, "colour"),
    ],
)
def test_a_bad_menu_is_refused_at_the_right_place(changed: Json, place: str) -> None:
    assert [problem.property for problem in validate_rich_menu(menu(**changed))] == [place]


def test_a_menu_that_is_no_object_is_refused() -> None:
    assert validate_rich_menu([]) != []
    assert {problem.property for problem in validate_rich_menu({})} >= {"size", "areas", "chatBarText"}


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_a_picture_of_the_right_size_passes(kind: str, media_type: str) -> None:
    assert validate_rich_menu_image(picture(kind=kind), media_type, menu()) == []


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (picture(1200, 405), "image/png"),
        (picture(), "image/jpeg"),
        (picture(), "text/plain"),
        (b"not a picture", "image/png"),
        (picture()[:200], "image/png"),
        (picture() + b"\0" * 1_000_000, "image/png"),
    ],
)
def test_a_wrong_picture_is_refused(data: bytes, media_type: str) -> None:
    assert len(validate_rich_menu_image(data, media_type, menu())) == 1
