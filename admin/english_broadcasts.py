"""The texts of the broadcasts' pages in English, by their Chinese."""

from __future__ import annotations

BROADCASTS: dict[str, str] = {
    "LINE 在 {time} 說的。月初會重新計算。": "LINE said so at {time}. The count starts anew each month.",
    "LINE 太久沒有回應，還沒傳的就不傳了。": (
        "LINE did not answer for too long; what was not sent will not be sent."
    ),
    "LINE 說這個帳號每月的訊息沒有上限。": "LINE says that this account has no monthly limit.",
    "{count} 人": "{count} people",
    "{count} 則": "{count} messages",
    "{price} 起": "from {price}",
    "不再收到優惠訊息": "No more promotions",
    "不夠傳：少 {count} 則。請縮小對象，或到 LINE 官方帳號加購訊息、換方案。": (
        "Not enough: {count} messages short. Choose fewer people, or buy messages or another plan at LINE."
    ),
    "中文": "Chinese",
    "人數": "People",
    "人數剛剛從 {shown} 變成 {count}，請再看一次費用。": (
        "There were {shown} people and are {count} now. Please look at the cost again."
    ),
    "人數和費用": "People and cost",
    "使用的語言": "Who speak",
    "來自{shop}的優惠訊息": "A promotion from {shop}",
    "修改群發草稿": "Changed a draft of a broadcast",
    "修改草稿": "Change the draft",
    "停止傳送": "Stop sending",
    "停止群發": "Stopped a broadcast",
    "傳給誰": "To whom",
    "傳送中": "Sending",
    "傳送時間": "Time of sending",
    "傳送時間要在現在之後、{days} 天以內。": "The time must be in the future, within {days} days.",
    "其他還沒傳完的群發": "Other broadcasts under way",
    "刪除群發草稿": "Deleted a draft of a broadcast",
    "刪除草稿": "Delete the draft",
    "到時候人數和則數會再算一次，不夠就不會傳。": (
        "People and messages are counted again then; if they do not suffice, nothing is sent."
    ),
    "取消排定": "Do not send it",
    "只會傳給加了好友、沒有封鎖、也沒有說不要廣告的人；每一則都附上「不再收到優惠訊息」。": (
        "Only friends get it who have not blocked the account and not declined promotions. "
        "Each message has a button to decline."
    ),
    "可以用在這次": "Free for this one",
    "向 LINE 查詢訊息則數": "Asking LINE how many messages are left",
    "在等「{name}」到貨的人": "Who wait for “{name}”",
    "在等這個商品到貨": "Who wait for this product",
    "夠傳。": "There are enough.",
    "天以上": "days or more",
    "天內": "days",
    "失敗 {count}": "failed {count}",
    "存成草稿": "Save as a draft",
    "客人看到的樣子": "As customers see it",
    "寫一則": "Write one",
    "已停止": "Stopped",
    "已停止，還沒傳的就不傳了。": "Stopped; what was not sent will not be sent.",
    "已傳": "Sent",
    "已傳 {count}": "sent {count}",
    "已傳完": "Done",
    "已售完": "Sold out",
    "已排定": "Scheduled",
    "已排定 {time} 傳給 {count} 人。": "To be sent to {count} people at {time}.",
    "所有好友": "All friends",
    "找不到販售中的商品「{name}」，請從清單裡選一個。": (
        "There is no product “{name}” for sale. Please choose one from the list."
    ),
    "指定時間（台灣時間，30 天內）": "At a time (of Taiwan, within 30 days)",
    "新增群發草稿": "Wrote a draft of a broadcast",
    "更早的群發": "Earlier broadcasts",
    "最多 {most} 個字，網址可以點；表情符號算 2 個字以上。": (
        "Up to {most} characters; addresses can be tapped; an emoji counts as 2 or more."
    ),
    "最近 {days} 天買過的人": "Who ordered in the last {days} days",
    "最近買過": "Who ordered in the last",
    "最近買過的天數": "Days since the last order",
    "會傳給": "It goes to",
    "有人按了停止，還沒傳的就不傳了。": "Somebody stopped it; what was not sent will not be sent.",
    "每人算 1 則，共要": "One message each, in all",
    "沒買的天數": "Days without an order",
    "版本": "Version",
    "現在就傳": "Send it now",
    "現在有": "Now",
    "用{language}的人": "Who speak {language}",
    "留給付款和訂單通知": "Kept for news of payments and orders",
    "略過 {count}": "skipped {count}",
    "略過（封鎖、退訂）": "Skipped (blocked, declined)",
    "看人數和費用": "See people and cost",
    "看商品": "View product",
    "確定傳給 {count} 人": "Send it to {count} people",
    "等到貨的商品": "Product waited for",
    "群發": "Broadcasts",
    "群發：傳給一批人": "Broadcast: sending a part",
    "群發：選出下一批人": "Broadcast: choosing the next people",
    "英文": "English",
    "草稿": "Draft",
    "草稿剛剛被改過、傳出或刪除了，請重新整理後再看一次。": (
        "The draft was changed, sent or deleted just now. Please reload the page and look again."
    ),
    "草稿已刪除。": "The draft is deleted.",
    "草稿已存好，還沒有傳給任何人。": "The draft is saved. Nobody was sent anything yet.",
    "要用 {count} 則，這個月可以用在群發的只有 {free} 則。": (
        "It takes {count} messages, and this month only {free} are free for broadcasts."
    ),
    "訊息": "Message",
    "訊息最多 {most} 個字（表情符號算 2 個字以上），現在是 {length}。": (
        "The message may have {most} characters (an emoji counts as 2 or more) and has {length}."
    ),
    "請寫下是哪一個商品。": "Please name the product.",
    "請寫下訊息的內容。": "Please write the message.",
    "請店主來傳。": "An owner can send it.",
    "請選擇一個分類。": "Please choose a category.",
    "請選擇要傳送的日期和時間。": "Please choose a date and a time.",
    "買過「{name}」的人": "Who ordered “{name}”",
    "買過「{name}」這一類的人": "Who ordered something of “{name}”",
    "買過的商品": "Product ordered",
    "買過這一類": "Who ordered in this category",
    "買過這個商品": "Who ordered this product",
    "買過，但很久沒買": "Who ordered, but not for",
    "買過，但最近 {days} 天沒買的人": "Who ordered, but not in the last {days} days",
    "送出群發": "Sent a broadcast",
    "這個對象現在一個人也沒有。": "There is nobody among these people now.",
    "這個月的訊息則數不夠了，還沒傳的就不傳了。": (
        "This month's messages did not suffice; what was not sent will not be sent."
    ),
    "這個月還剩": "Left this month",
    "這則訊息已經不在傳送中了。": "It was not being sent any more.",
    "不要": "Declined",
    "優惠訊息": "Promotions",
    "可以傳": "May be sent",
    "逛商品": "Browse",
    "進度": "Progress",
    "選商品，或打完整的名稱。": "Choose one, or type its whole name.",
    "選規格": "Choose an option",
    "還不知道 LINE 這個月剩幾則訊息，請過幾秒重新整理再試。": (
        "How many messages are left this month is not known yet. Please reload in a few seconds."
    ),
    "還在問 LINE 這個月剩幾則訊息，請過幾秒重新整理。": (
        "LINE is being asked how many messages are left. Please reload in a few seconds."
    ),
    "還沒有群發過。寫好先存成草稿，看過人數和費用才會傳。": (
        "Nothing was broadcast yet. What you write is saved as a draft, and sent once you have seen the cost."
    ),
    "還沒買過": "Who never ordered",
    "還沒買過的人": "Who never ordered",
    "重新整理": "Reload",
    "開始傳給 {count} 人。": "Sending to {count} people.",
    "附上商品卡片（可空白）": "With the card of a product (may be empty)",
    "附上的商品已經下架了，卡片會改成「逛商品」。": (
        "The product is no longer for sale; the card says “Browse” instead."
    ),
    "附上的商品已經下架了，請先修改草稿。": (
        "The product is no longer for sale. Please change the draft first."
    ),
    "預計": "Planned",
}
