// The messages of one chat, oldest first.

import { unsend } from "./api.js";
import { copyText } from "./clipboard.js";
import { el } from "./dom.js";
import { isBare, renderMessage } from "./messages.js";

const LONG_PRESS_MS = 500;
const NEAR_END_PX = 120;

const clock = new Intl.DateTimeFormat("zh-TW", { hour: "numeric", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat("zh-TW", { month: "numeric", day: "numeric", weekday: "short" });

export class Timeline {
  constructor(phone) {
    this.phone = phone;
    this.shopName = "";
    this.list = el("div", { class: "messages", role: "log", "aria-label": "訊息" });
    this.dots = el(
      "div",
      { class: "item item-bot loading", hidden: true, role: "status", "aria-label": "對方正在輸入" },
      this.avatar(),
      el("div", { class: "speech dots" }, el("i"), el("i"), el("i")),
    );
    this.root = el("div", { class: "timeline", tabindex: "0", "aria-label": "聊天內容" }, this.list, this.dots);
    this.root.addEventListener("scroll", () => this.noticeScroll());
    const growth = new ResizeObserver(() => this.follow && this.toEnd());
    growth.observe(this.root);
    growth.observe(this.list);
    this.clear();
  }

  clear() {
    this.list.replaceChildren(el("div", { class: "notice nothing-yet" }, "還沒有訊息，打個招呼吧"));
    this.follow = true;
    this.lastTop = 0;
    this.lastMessageSeq = 0;
    this.lastDay = "";
    this.lastFrom = "";
  }

  avatar(letter = "店") {
    return el("span", { class: letter === "店" ? "avatar" : "avatar avatar-member", "aria-hidden": "true" }, letter);
  }

  /** What the phone's own customer says stands on the right; everybody else is on the left. */
  sideOf(author) {
    if (author === "bot") return "item-bot";
    return this.phone.isOwn(author) ? "item-user" : "item-member";
  }

  /** Somebody else holds the phone now. */
  changeSides() {
    for (const node of this.list.querySelectorAll("[data-author]")) {
      node.classList.remove("item-user", "item-member", "item-bot");
      node.classList.add(this.sideOf(node.dataset.author));
    }
  }

  toEnd() {
    this.root.scrollTop = this.root.scrollHeight;
  }

  /** Whoever scrolls up reads old messages: the chat then stays where it is until he is back at its end. */
  noticeScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.root;
    if (scrollHeight - scrollTop - clientHeight < NEAR_END_PX) this.follow = true;
    else if (scrollTop < this.lastTop) this.follow = false;
    this.lastTop = scrollTop;
  }

  add(item) {
    this.list.querySelector(".nothing-yet")?.remove();
    const when = new Date(item.at);
    this.addDay(when);
    if (item.kind === "notice") this.addNotice(item);
    else this.addMessage(item, when);
    if (item.from === "user") this.follow = true;
    if (this.follow) this.toEnd();
  }

  addDay(when) {
    const day = calendar.format(when);
    if (day === this.lastDay) return;
    this.lastDay = day;
    this.list.append(el("div", { class: "notice day" }, day === calendar.format(new Date()) ? "今天" : day));
  }

  /** A grey line; the one about an unsent message also takes that message's bubble away. */
  addNotice(item) {
    this.lastFrom = "";
    const unsent = item.message?.unsentMessageId;
    if (unsent) this.list.querySelector(`[data-message-id="${CSS.escape(unsent)}"]`)?.remove();
    this.list.append(el("div", { class: "notice", "data-testid": "notice" }, item.message.text));
  }

  addMessage(item, when) {
    const { message, from, seq } = item;
    this.lastMessageSeq = seq;
    const form = isBare(message) ? "content content-bare" : "content";
    const content = el("div", { class: form }, renderMessage(message, this.phone));
    const sender = message?.sender?.name;
    const author = from === "bot" ? "bot" : item.userId;
    const showsFace = this.lastFrom !== author || sender;
    const shop = sender ? `${sender}（${this.shopName}）` : this.shopName;
    const node = el(
      "article",
      {
        class: `item ${this.sideOf(author)}`,
        "data-testid": "message",
        "data-from": from,
        "data-author": author,
        "data-seq": seq,
        "data-message-id": item.messageId,
      },
      showsFace ? this.avatar(from === "bot" ? "店" : [...this.phone.nameOf(author)][0]) : el("span", { class: "avatar avatar-none" }),
      el(
        "div",
        { class: "column" },
        showsFace && el("div", { class: "sender" }, from === "bot" ? shop : this.phone.nameOf(author)),
        el("div", { class: "line" }, content, this.meta(item, when)),
      ),
    );
    if (from === "user" && item.messageId) this.offerMenu(node, item);
    this.lastFrom = author;
    this.list.append(node);
  }

  meta(item, when) {
    return el(
      "div",
      { class: "meta" },
      item.viaPush && el("span", { class: "push", title: "用推播送出，會計入額度" }, "推播"),
      item.from === "user" && el("span", { class: "read-mark" }, "已讀"),
      el("time", { datetime: when.toISOString() }, clock.format(when)),
    );
  }

  /** Long press, right click or the small button: the menu of one's own message. */
  offerMenu(node, item) {
    const open = () => this.openMenu(node, item);
    let timer = 0;
    node.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      open();
    });
    node.addEventListener("pointerdown", () => (timer = setTimeout(open, LONG_PRESS_MS)));
    for (const end of ["pointerup", "pointerleave", "pointercancel"]) {
      node.addEventListener(end, () => clearTimeout(timer));
    }
    const line = node.querySelector(".line");
    line.prepend(el("button", { type: "button", class: "more", "aria-label": "訊息選單", onclick: open }, "⋯"));
  }

  openMenu(node, { message, messageId, userId }) {
    this.closeMenus(null);
    const entry = (label, act) => el("button", { type: "button", onclick: () => (menu.remove(), act()) }, label);
    const copy = async () => this.phone.toast((await copyText(message.text)) ? "已複製" : "瀏覽器不允許複製");
    const menu = el(
      "div",
      { class: "message-menu", role: "menu" },
      message.text && entry("複製", copy),
      entry("收回", () => this.phone.send(unsend, messageId, userId)),
    );
    node.append(menu);
    menu.querySelector("button").focus({ preventScroll: true });
  }

  closeMenus(target) {
    for (const menu of this.root.querySelectorAll(".message-menu")) if (!menu.contains(target)) menu.remove();
  }

  showLoading(loading) {
    const was = this.dots.hidden;
    this.dots.hidden = !loading;
    if (was && loading && this.follow) this.toEnd();
  }

  markRead() {
    for (const node of this.list.querySelectorAll(".item-user:not(.read)")) node.classList.add("read");
  }
}
