"""What is wrong with a catalogue file, in the reader's language. The store says it in English."""

from __future__ import annotations

import re

from admin.words import _, language


def problem(sentence: str) -> str:
    """A problem as the reader says it; as it stands where there are no other words for it."""
    if language() == "en":
        return sentence
    line = re.match(r"line ([0-9]+): ", sentence)
    said = sentence[line.end() :] if line else sentence
    for pattern, words in _sentences().items():
        if found := re.fullmatch(pattern, said, re.DOTALL):
            said = words.format(*found.groups())
            break
    return _("第 {line} 列：{problem}").format(line=line[1], problem=said) if line else said


def _sentences() -> dict[str, str]:
    return {
        r"no file": _("請選擇一個檔案。"),
        r"the file is too large": _("檔案太大了，最多 5 MB。"),
        r"the file is not UTF-8 .*": _("檔案不是 UTF-8 編碼。在 Excel 請另存成「CSV UTF-8」。"),
        r"the file has no rows": _("檔案裡沒有商品。"),
        r"the file has more than ([0-9]+) rows": _("檔案超過 {} 列，請分成幾個檔案。"),
        r"the header lacks (.*)": _("標題列少了欄位：{}"),
        r"the header has unknown columns: (.*)": _("標題列有不認得的欄位：{}"),
        r"the header has more than once: (.*)": _("標題列有重複的欄位：{}"),
        r"has ([0-9]+) fields, the header has ([0-9]+)": _("有 {} 個欄位，標題列有 {} 個。"),
        r"(\w+) must not be empty": _("{} 不能空白。"),
        r"(\w+) is longer than ([0-9]+) characters": _("{} 超過 {} 個字。"),
        r"(\w+) contains a NUL character": _("{} 有看不見的字元。"),
        r"active must be one of .*, not (.*)": _("active 要填 yes 或 no，不是 {}。"),
        r"(\w+) must be a whole number of at least 0, not (.*)": _("{} 要是 0 以上的整數，不是 {}。"),
        r"(\w+) is more than ([0-9]+)": _("{} 超過 {}。"),
        r"image_url (.*) must be an https address; .*": _(
            "image_url 要是 https 網址，不是 {}；其他圖片請到商品頁上傳。"
        ),
        r"image_url must be an https address .*, not (.*)": _("image_url 要是 https 網址，不是 {}。"),
        r"there is no picture (.*) here": _("店裡沒有圖片 {}。"),
        r"sku (.*) is already on line ([0-9]+)": _("貨號 {} 在第 {} 列已經有了。"),
        r"(.*) has option (.*) on line ([0-9]+) already": _("商品 {} 的規格 {} 在第 {} 列已經有了。"),
        r"stock of (.*) is ([0-9]+), but orders hold ([0-9]+)": _(
            "貨號 {} 的庫存填 {}，但訂單已經保留了 {} 件。"
        ),
        r"option (.*) of (.*) is already sold as sku (.*), which is not in the file": _(
            "規格 {}（{}）已經是貨號 {}，但檔案裡沒有它。"
        ),
    }
