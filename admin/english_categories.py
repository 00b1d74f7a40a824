"""The texts about categories in English, by their Chinese."""

from __future__ import annotations

CATEGORIES: dict[str, str] = {
    "{count} 件商品": "Products: {count}",
    "分類名稱": "Name of the category",
    "分類已恢復。": "The category is back.",
    "分類已隱藏。": "The category is hidden.",
    "分類改名": "Category renamed",
    "客人看到的分類照這個順序排。沒有商品在賣的分類，客人看不到；新的分類在新增或修改商品時取名就有了。": (
        "Customers see the categories in this order, and only those that have something for sale. A new one "
        "comes about by typing its name when a product is made or changed."
    ),
    "已儲存。商品檔裡的分類名稱，下次匯入前也要一起改。": (
        "Saved. Change the name in your catalogue file too before you upload it again."
    ),
    "已經有同名的分類了。要合併的話，請把商品改到那個分類。": (
        "There is a category of this name already. To merge the two, move the products to that one."
    ),
    "往前移：{name}": "Up: {name}",
    "往後移：{name}": "Down: {name}",
    "恢復": "Bring back",
    "把商品放進來就會自動恢復。": "They come back by themselves when a product is put into them.",
    "沒有商品": "No products",
    "移到最前面": "To the top",
    "移到最前面：{name}": "To the top: {name}",
    "調整分類順序": "Category moved",
    "販售中 {count}": "for sale: {count}",
    "這個分類剛剛改名或隱藏了，請重新整理再選一次。": (
        "This category was renamed or hidden a moment ago. Please load the page again and choose anew."
    ),
    "這個分類裡還有商品，不能隱藏。請先把商品改到別的分類。": (
        "There are still products in this category. Move them to another one before you hide it."
    ),
    "還沒有分類。": "No categories yet.",
    "隱藏或恢復分類": "Category hidden or brought back",
    "隱藏的分類": "Hidden categories",
}
