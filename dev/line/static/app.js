// The page: which customers there are, which two phones are shown, and what lies around them.

import { addUser, readState } from "./api.js";
import { el } from "./dom.js";
import { Phone } from "./phone.js";

const SHOWN_AT_ONCE = 2;
const STATE_EVERY_MS = 5_000;
const BANNER_MS = 4_500;

const find = (name) => document.querySelector(`[data-${name}]`);

class Page {
  constructor() {
    this.users = [];
    this.phones = []; // the most recently used one last
    this.shop = { name: "", basicId: "" };
    this.unread = new Set();
    find("add-user").addEventListener("click", () => this.addUser());
  }

  get active() {
    return this.phones.at(-1);
  }

  async run() {
    const wanted = new URLSearchParams(location.search);
    await this.refresh();
    const first = this.users.find((user) => user.userId === wanted.get("user"));
    if (first) this.activate(first.userId);
    if (wanted.has("text")) this.prefill(first?.userId ?? this.active?.userId, wanted.get("text"));
    if (wanted.size) history.replaceState(null, "", location.pathname);
    setInterval(() => this.refresh(), STATE_EVERY_MS);
  }

  /** Read again who is there and what the shop's account has used up. */
  async refresh() {
    try {
      const state = await readState();
      this.shop = state.shop;
      this.users = state.users;
      this.showState(state);
    } catch (error) {
      find("shop-id").textContent = error.message;
    }
  }

  showState({ shop, quota, delivery }) {
    document.title = `${shop.name}｜聊天`;
    find("shop-name").textContent = shop.name;
    find("shop-id").textContent = shop.basicId ?? "";
    find("quota").hidden = !quota;
    if (quota) {
      find("quota-text").textContent = `${quota.used} / ${quota.limit ?? "不限"}`;
      find("quota-meter").max = quota.limit || 1;
      find("quota-meter").value = quota.limit ? quota.used : 0;
    }
    this.showTrouble(delivery);
    this.phones.filter((phone) => !this.userOf(phone)).forEach((phone) => this.close(phone));
    for (const user of this.users) if (this.phones.length < SHOWN_AT_ONCE) this.open(user);
    this.phones.forEach((phone) => phone.describe(this.userOf(phone), shop));
    this.showSwitch();
  }

  /** Say when the shop's program did not take the last event, which else looks like a silent shop. */
  showTrouble({ last_status: status, last_error: error, webhook }) {
    const answered = status === null ? null : `webhook 回覆 ${status}`;
    const trouble = error ?? (status === 200 ? null : answered);
    find("trouble").hidden = !trouble;
    find("trouble").textContent = trouble ? `⚠ 商店程式沒有收下上一個事件：${trouble}` : "";
    find("trouble").title = webhook;
  }

  userOf(phone) {
    return this.users.find((user) => user.userId === phone.userId);
  }

  /** Open this customer's phone unless it is open; a new one is the least recently used at first. */
  open(user) {
    const known = this.phones.find((phone) => phone.userId === user.userId);
    if (known) return known;
    const phone = new Phone(this, user.userId);
    this.phones.unshift(phone);
    phone.describe(user, this.shop);
    find("phones").append(phone.root);
    phone.listen();
    this.showActive();
    return phone;
  }

  close(phone) {
    phone.stop();
    phone.root.remove();
    this.phones = this.phones.filter((each) => each !== phone);
  }

  /** Bring this customer's phone to the front, in place of the least recently used one if need be. */
  activate(userId) {
    const user = this.users.find((each) => each.userId === userId);
    if (!user || this.active?.userId === userId) return this.active;
    let phone = this.phones.find((each) => each.userId === userId);
    if (!phone) {
      if (this.phones.length >= SHOWN_AT_ONCE) this.close(this.phones[0]);
      phone = this.open(user);
    }
    this.phones = [...this.phones.filter((each) => each !== phone), phone];
    this.unread.delete(userId);
    this.showActive();
    this.showSwitch();
    return phone;
  }

  showActive() {
    for (const phone of this.phones) phone.root.classList.toggle("phone-active", phone === this.active);
  }

  showSwitch() {
    const chips = this.users.map((user) =>
      el(
        "button",
        {
          type: "button",
          class: this.unread.has(user.userId) ? "chip chip-unread" : "chip",
          "aria-pressed": String(this.active?.userId === user.userId),
          onclick: () => this.activate(user.userId)?.timeline.toEnd(),
        },
        user.name,
      ),
    );
    find("switch").replaceChildren(...chips);
  }

  async addUser() {
    const name = window.prompt("新顧客的名字？", `顧客${this.users.length + 1}`)?.trim();
    if (!name) return;
    try {
      const user = await addUser(name);
      await this.refresh();
      this.activate(user.userId ?? this.users.at(-1).userId);
    } catch (error) {
      this.active?.toast(error.message);
    }
  }

  /** Write `text` into a customer's input, without sending it. */
  prefill(userId, text) {
    this.activate(userId)?.composer.fill(text);
  }

  /** What a phone shows on its lock screen: a banner for a push, or for whoever is not being looked at. */
  notify(phone, words, viaPush) {
    if (phone !== this.active) {
      this.unread.add(phone.userId);
      this.showSwitch();
    } else if (!viaPush) return;
    const banner = el(
      "button",
      { type: "button", class: "banner", "data-testid": "notification", onclick: tap },
      el("b", {}, `${this.shop.name} → ${phone.name}`),
      viaPush && el("em", {}, "推播"),
      el("span", {}, words),
    );
    const timer = setTimeout(() => banner.remove(), BANNER_MS);
    const page = this;
    function tap() {
      clearTimeout(timer);
      banner.remove();
      page.activate(phone.userId)?.timeline.toEnd();
    }
    find("banners").replaceChildren(banner); // one at a time, as on a phone
  }
}

new Page().run();
