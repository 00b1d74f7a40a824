"""Parcels on their way: what to say of them, and where their carriers say more."""

from __future__ import annotations

from bot.screens import theme
from bot.screens.lettering import fit
from bot.screens.theme import Part
from bot.words import _

_CARRIERS_PAGES = {
    "黑貓宅急便": "https://www.t-cat.com.tw/inquire/trace.aspx",
    "新竹物流": "https://www.hct.com.tw/search/searchgoods_n.aspx",
    "中華郵政": "https://postserv.post.gov.tw/pstmail/main_mail.html",
    "台灣宅配通": "https://www.e-can.com.tw/search_Goods.aspx",
    "7-ELEVEN": "https://eservice.7-11.com.tw/e-tracking/search.aspx",
    "全家": "https://fmec.famiport.com.tw/FP_Entrance/QueryBox",
    "萊爾富": "https://www.hilife.com.tw/serviceInfo_search.aspx",
    "OK 超商": "https://ecservice.okmart.com.tw/Tracking/Search",
}
"""The carriers' own pages for looking a parcel up, for those whose page is known for certain. The number is
typed in there: not every one of them takes it in its address."""


def words(carrier: str, tracking: str) -> str:
    """A parcel in a sentence; `tracking` is empty where the shop brings it itself."""
    return f"{fit(carrier, 40)} {tracking}".strip() if carrier else tracking


def rows(carrier: str, tracking: str) -> list[Part]:
    """The same as rows of an order."""
    carried = theme.pair(_("物流"), fit(carrier, 40))
    return [carried, theme.pair(_("單號"), tracking)] if tracking else [carried]


def buttons(carrier: str, tracking: str) -> list[Part]:
    """The carrier's page and the number to type in there, as far as there are any, side by side."""
    if not tracking:
        return []
    copy = theme.copy_button(_("複製單號"), tracking, style="secondary")
    page = _CARRIERS_PAGES.get(carrier)
    return [theme.row(theme.link_button(_("查進度"), page, style="secondary"), copy)] if page else [copy]
