// A phone with one chat on it: its frame, what is sent from it, and the waiting for what comes.

import * as api from "./api.js";
import { Composer } from "./composer.js";
import { el } from "./dom.js";
import { summary } from "./messages.js";
import { QuickReplies } from "./quickreplies.js";
import { RichMenu } from "./richmenu.js";
import { Timeline } from "./timeline.js";

const RETRY_MS = 1_500;
const TOAST_MS = 2_200;
const POLL_SECONDS = 20;
const FONT_SCALES = { 小: 0.88, 標準: 1, 大: 1.15, 特大: 1.35 };

/** A bar over the messages that says what is the matter, and offers a way out. */
export function bar(words, label, onclick) {
  return el("div", { class: "blocked-bar", hidden: true }, words, el("button", { type: "button", onclick }, label));
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Phone {
  /** `id` is the customer's, or that of the group whose chat it shows. */
  constructor(page, id) {
    this.page = page;
    this.id = id;
    this.chat = { path: `/chat/users/${encodeURIComponent(id)}`, speaker: null };
    this.name = "";
    this.seq = 0;
    this.stopped = false;
    this.sending = Promise.resolve();
    this.timeline = new Timeline(this);
    this.quickReplies = new QuickReplies(this);
    this.composer = new Composer(this);
    this.richMenu = new RichMenu(this);
    this.build();
  }

  build() {
    this.title = el("b", { class: "phone-shop" });
    this.owner = el("span", { class: "phone-owner" });
    this.toasts = el("div", { class: "toasts", role: "status" });
    this.root = el(
      "section",
      { class: "phone", "data-testid": "phone", "data-user": this.id },
      el("header", { class: "phone-head" }, el("div", { class: "phone-names" }, this.title, this.owner), this.buildMenu()),
      ...this.above(),
      this.timeline.root,
      this.quickReplies.root,
      this.composer.root,
      this.richMenu.root,
      ...this.over(),
      this.toasts,
    );
    this.root.addEventListener("pointerdown", (event) => this.onPress(event), { capture: true });
    this.root.addEventListener("focusin", () => this.page.activate(this.id));
  }

  /** What stands over the messages. */
  above() {
    this.blockedBar = bar("已封鎖這個官方帳號", "解除封鎖", () => this.send(api.follow));
    return [this.blockedBar];
  }

  /** What covers the whole phone at times. */
  over() {
    this.welcome = this.buildWelcome();
    return [this.welcome];
  }

  /** Any press makes this phone the one in use and closes what was opened by the press before. */
  onPress({ target }) {
    this.page.activate(this.id);
    this.timeline.closeMenus(target);
    if (!this.menu.contains(target)) this.menu.open = false;
  }

  buildMenu() {
    const sizes = Object.entries(FONT_SCALES).map(([name, scale]) =>
      el("button", { type: "button", onclick: () => this.root.style.setProperty("--font-scale", scale) }, name),
    );
    this.menu = el(
      "details",
      { class: "phone-menu" },
      el("summary", { "aria-label": "聊天室選單", class: "icon-menu" }),
      el(
        "div",
        { class: "phone-menu-sheet" },
        el("div", { class: "sizes" }, el("span", {}, "字級"), ...sizes),
        ...this.menuEntries(),
      ),
    );
    this.menu.addEventListener("click", (event) => event.target.tagName === "BUTTON" && (this.menu.open = false));
    return this.menu;
  }

  menuEntries() {
    this.blockButton = el("button", { type: "button", onclick: () => this.toggleBlock() });
    return [this.blockButton];
  }

  buildWelcome() {
    this.welcomeName = el("b", {});
    return el(
      "div",
      { class: "welcome", hidden: true },
      el("span", { class: "avatar avatar-big", "aria-hidden": "true" }, "店"),
      this.welcomeName,
      el("p", {}, "加入好友就可以開始聊天、逛商品。"),
      el("button", { type: "button", class: "befriend", onclick: () => this.send(api.follow) }, "加入好友"),
    );
  }

  /** Show what the platform knows of this customer. */
  describe(user, shop) {
    this.name = user.name;
    this.blocked = user.blocked;
    this.title.textContent = shop.name;
    this.welcomeName.textContent = shop.name;
    this.owner.textContent = `${user.name} 的手機`;
    this.root.setAttribute("aria-label", `${user.name} 的手機`);
    this.timeline.shopName = shop.name;
    this.blockButton.textContent = user.blocked ? "解除封鎖" : "封鎖";
    this.blockButton.hidden = !user.friend && !user.blocked;
    this.blockedBar.hidden = !user.blocked;
    this.welcome.hidden = user.friend || user.blocked;
  }

  /** Whether this customer writes on the phone's own side. */
  isOwn() {
    return true;
  }

  nameOf() {
    return this.name;
  }

  stop() {
    this.stopped = true;
  }

  /** Show what has happened, then whatever happens, until `stop`. */
  async listen() {
    let wait = 0;
    while (!this.stopped) {
      try {
        const news = await api.readTimeline(this.chat, this.seq, wait);
        if (this.stopped) return;
        this.take(news, wait > 0);
        this.root.classList.remove("phone-offline");
        wait = POLL_SECONDS;
        if (!news.items.length) await pause(100); // never spin, whatever the platform answers
      } catch (error) {
        if (!this.root.classList.contains("phone-offline")) this.toast(error.message);
        this.root.classList.add("phone-offline");
        await pause(RETRY_MS);
      }
    }
  }

  /** Take in one answer of the timeline. `live` is false for what happened before the page was opened. */
  take(news, live) {
    if (news.seq < this.seq) {
      this.timeline.clear(); // the platform began anew
      this.seq = 0;
      return;
    }
    this.seq = news.seq;
    for (const item of news.items) {
      this.timeline.add(item);
      if (live && item.kind === "message" && item.from === "bot") {
        this.page.notify(this, summary(item.message), item.viaPush);
      }
    }
    this.timeline.showLoading(news.loading);
    if (news.read) this.timeline.markRead();
    this.quickReplies.show(news.quickReply, this.timeline.lastMessageSeq);
    this.richMenu.show(news.richMenu);
    if (live && news.items.length) this.page.refresh();
  }

  sendText(text) {
    return this.send(api.sendText, text);
  }

  sendPostback(postback) {
    return this.send(api.sendPostback, postback);
  }

  sendLocation(place) {
    return this.send(api.sendLocation, place);
  }

  switchRichMenu({ data, richMenuAliasId }) {
    return this.sendPostback({ data, params: { newRichMenuAliasId: richMenuAliasId } });
  }

  toggleBlock() {
    return this.send(this.blocked ? api.follow : api.unfollow);
  }

  /**
   * Call the platform as whoever acts here, after what was sent before has arrived: taps keep their order.
   * A refusal is told on the phone. Returns whether it was accepted.
   */
  send(call, ...values) {
    this.timeline.follow = true;
    const chat = { ...this.chat };
    this.sending = this.sending.then(() => this.deliver(call, chat, values));
    return this.sending;
  }

  async deliver(call, chat, values) {
    try {
      await call(chat, ...values);
      this.page.refresh();
      return true;
    } catch (error) {
      this.toast(error.message);
      return false;
    }
  }

  /** Say something for a moment, over the chat. */
  toast(words) {
    const toast = el("div", { class: "toast", "data-testid": "toast" }, words);
    this.toasts.append(toast);
    setTimeout(() => toast.remove(), TOAST_MS);
  }
}
