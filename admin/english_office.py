"""The texts of the owner's pages in English, by their Chinese: coupons, reports, people."""

from __future__ import annotations

OFFICE: dict[str, str] = {
    "不限": "No limit",
    "代碼要 3 到 20 個英文字母、數字或「-」，而且不能和別的優惠券一樣。": (
        "The code needs 3 to 20 letters, digits or hyphens, and must not be another coupon's."
    ),
    "使用中": "In use",
    "使用紀錄": "Uses",
    "修改": "Change",
    "優惠內容不對：折扣金額至少 1 元，百分比是 1 到 99（15 就是 85 折）。": (
        "The benefit is wrong: an amount of at least NT$1, or 1 to 99 percent off."
    ),
    "優惠內容已經告訴客人了，不能改；要改就停用這張，另外新增。": (
        "Customers have been told what it gives, so that stays; switch it off and make another one instead."
    ),
    "優惠券 {code} 已新增。": "Coupon {code} created.",
    "優惠種類": "Kind",
    "已停用": "Switched off",
    "已用完": "Used up",
    "已結束": "Over",
    "已經用掉 {count} 次了，總次數不能更少。": (
        "It was used {count} times already; the limit cannot be lower."
    ),
    "折固定金額": "An amount off",
    "更早的優惠券": "Earlier coupons",
    "最後一天（空白就不結束）": "Last day (empty: no end)",
    "最高折抵只能用在百分比，至少 1 元。": "A highest discount is for percentages only, at least NT$1.",
    "最高折抵（百分比才用）": "At most (percentages only)",
    "期間": "Period",
    "每人使用次數（空白不限）": "Uses per customer (empty: no limit)",
    "減百分比": "A percentage off",
    "滿 {amount}": "from {amount}",
    "用了 {count} 次": "Used: {count}",
    "用掉一次": "Used",
    "百分比填 15 就是 85 折；免運費不用填。": "15 is 15% off; empty for free shipping.",
    "結束要比開始晚。": "The end must be later than the start.",
    "結束要比開始晚，而且不能是過去。": "The end must be later than the start, and in the future.",
    "總使用次數（空白不限）": "Uses in all (empty: no limit)",
    "退回一次": "Given back",
    "還沒有人用。": "Nobody has used it yet.",
    "還沒有優惠券。": "No coupons yet.",
    "還沒開始": "Not yet",
    "金額或百分比": "Amount or percent",
    "開始日（空白就是現在）": "First day (empty: now)",
    "下單": "Ordered",
    "付款那天算進營業額，貨到付款在完成那天；退款另外列出，不從營業額扣。": (
        "An order counts on the day it was paid, cash on delivery on the day it was completed; "
        "refunds are listed beside, not taken off."
    ),
    "件數": "Cases",
    "只算這段期間最近的 {count} 張訂單。": "Of the latest {count} orders of this period.",
    "對帳與待處理事項": "The bank's books, and cases",
    "平均每單": "Average order",
    "放進購物車": "Put into the cart",
    "日期": "Date",
    "更早": "Earlier",
    "更近": "Later",
    "每日": "By day",
    "每週": "By week",
    "每月": "By month",
    "未結案 {count}": "{count} open",
    "營業額": "Revenue",
    "看數字": "The numbers",
    "第一次來聊天": "Came to chat",
    "訂單數": "Orders",
    "賣得最好": "Best sellers",
    "退款筆數": "Refunds",
    "退款金額": "Refunded",
    "這段期間沒有賣出。": "Nothing was sold in this period.",
    "這段期間沒有需要處理的事，和銀行都對得上。": "Nothing needed a person; the bank and the shop agree.",
    "這段期間第一次來的客人，到現在走到了哪一步。": "How far those who first came in this period have got.",
    "從聊天到付款": "From chat to paid",
    "{count} 件": "{count}",
    "一次性密碼": "One-time password",
    "可以登入": "May log in",
    "店主能做所有的事；店員處理訂單、商品和客人；檢視者只能看。": (
        "The owner does everything; staff handle orders, products and customers; a viewer only looks."
    ),
    "我記下了": "I have written it down",
    "新增人員": "New person",
    "最近登入": "Last seen",
    "店家通知": "Shop notices",
    "這些事會用 LINE 傳給店家自己人。短時間內發生好幾件，就合成一則，不浪費每個月的訊息額度。": (
        "These are told to the shop's own people in LINE. Several within a short time are one message, "
        "to save the month's messages."
    ),
    "要通知什麼": "What is told",
    "通知誰": "To whom",
    "也可以在 LINE 對帳號輸入「店家通知」來改。": "Or type “notices” to the account in LINE.",
    "訊息額度快用完時會先留給客人；沒傳出去的，在「待處理」都看得到。": (
        "When the month's messages run short, customers go first; what was not sent is under “Attention”."
    ),
    "還不知道名字": "Name not known yet",
    "收得到": "Can be told",
    "還沒聯絡過": "Not met yet",
    "收不到": "Cannot be told",
    "LINE 使用者 …{end}": "LINE user …{end}",
    "請用這個 LINE 帳號加官方帳號好友，或解除封鎖。": (
        "Add the shop's account as a friend with this LINE account, or unblock it."
    ),
    "還沒有設定要通知誰，所以一則也不會傳。": "Nobody is named, so nothing is sent.",
    "名單是部署設定 OWNER_LINE_USER_IDS，改了要重新啟動。": (
        "The list is the deployment's setting OWNER_LINE_USER_IDS; a change of it restarts the shop."
    ),
    "新訂單": "New orders",
    "每日摘要": "Daily summary",
    "開關店家通知": "Switched a shop notice",
    "付款完成，或成立貨到付款訂單。": "Paid, or placed with cash on delivery.",
    "要退款、和銀行對不起來、客人找真人。": (
        "A refund is due, the bank disagrees, a customer asks for a person."
    ),
    "商品只剩 {count} 件以下的時候，說一次。": "When {count} or fewer are left, once.",
    "早上九點，昨天的訂單和營業額，還有哪些事等著；沒有事就不傳。": (
        "At nine, yesterday's orders and revenue, and what waits; nothing to say, no message."
    ),
    "帳號要 2 到 64 個英文小寫、數字或 . _ @ -，開頭是英文或數字。": (
        "The login needs 2 to 64 lower-case letters, digits or . _ @ -, beginning with a letter or digit."
    ),
    "會產生只能用一次的密碼，兩步驟驗證會關閉，登入中的裝置都會登出。": (
        "Makes a password for one log-in, switches two-step verification off and logs all devices out."
    ),
    "自己的密碼請到「我的帳號」更換。": "Change your own password under “My account”.",
    "至少要有一位店主可以登入，沒有變更。": "At least one owner must be able to log in. Nothing has changed.",
    "角色": "Role",
    "請交給本人。第一次登入後要換成自己的密碼。離開這一頁就不會再顯示。": (
        "Give it to them in person. They choose their own after the first log-in. It is shown this once."
    ),
    "這個帳號已停用，請先啟用。": "This account is shut out; let it in first.",
    "這個帳號已經有人用了。": "Somebody has this login already.",
    "重設密碼": "Reset the password",
    "重設密碼…": "Reset the password…",
}
