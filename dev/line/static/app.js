// The page: which customers and groups there are, which two phones are shown, and what lies around them.

import { addGroup, addUser, readState } from "./api.js";
import { askGroup } from "./dialogs.js";
import { el } from "./dom.js";
import { GroupPhone } from "./groupphone.js";
import { Phone } from "./phone.js";

const SHOWN_AT_ONCE = 2;
const STATE_EVERY_MS = 5_000;
const BANNER_MS = 4_500;

const find = (name) => document.querySelector(`[data-${name}]`);

class Page {
  constructor() {
    this.users = [];
    this.groups = [];
    this.phones = []; // the most recently used one last
    this.shop = { name: "", basicId: "" };
    this.unread = new Set();
    find("add-user").addEventListener("click", () => this.addUser());
    find("add-group").addEventListener("click", () => this.addGroup());
  }

  get active() {
    return this.phones.at(-1);
  }

  async run() {
    const wanted = new URLSearchParams(location.search);
    await this.refresh();
    const first = this.owners.find((owner) => owner.id === wanted.get("user"));
    if (first) this.activate(first.id);
    if (wanted.has("text")) this.prefill(first?.id ?? this.active?.id, wanted.get("text"));
    if (wanted.size) history.replaceState(null, "", location.pathname);
    setInterval(() => this.refresh(), STATE_EVERY_MS);
  }

  /** Read again who is there and what the shop's account has used up. */
  async refresh() {
    try {
      const state = await readState();
      this.shop = state.shop;
      this.users = state.users;
      this.groups = state.groups;
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
    this.phones.filter((phone) => !this.ownerOf(phone)).forEach((phone) => this.close(phone));
    for (const owner of this.owners) if (this.phones.length < SHOWN_AT_ONCE) this.open(owner);
    this.phones.forEach((phone) => phone.describe(this.ownerOf(phone), shop, this.users));
    this.showSwitch();
  }

  /** All whose chat can be opened: the customers, then the groups. */
  get owners() {
    return [
      ...this.users.map((user) => ({ ...user, id: user.userId, Kind: Phone })),
      ...this.groups.map((group) => ({ ...group, id: group.groupId, Kind: GroupPhone })),
    ];
  }

  /** Say when the shop's program did not take the last event, which else looks like a silent shop. */
  showTrouble({ last_status: status, last_error: error, webhook }) {
    const answered = status === null ? null : `webhook 回覆 ${status}`;
    const trouble = error ?? (status === 200 ? null : answered);
    find("trouble").hidden = !trouble;
    find("trouble").textContent = trouble ? `⚠ 商店程式沒有收下上一個事件：${trouble}` : "";
    find("trouble").title = webhook;
  }

  ownerOf(phone) {
    return this.owners.find((owner) => owner.id === phone.id);
  }

  /** Open this chat's phone unless it is open; a new one is the least recently used at first. */
  open(owner) {
    const known = this.phones.find((phone) => phone.id === owner.id);
    if (known) return known;
    const phone = new owner.Kind(this, owner.id);
    this.phones.unshift(phone);
    phone.describe(owner, this.shop, this.users);
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

  /** Bring this chat's phone to the front, in place of the least recently used one if need be. */
  activate(id) {
    const owner = this.owners.find((each) => each.id === id);
    if (!owner || this.active?.id === id) return this.active;
    let phone = this.phones.find((each) => each.id === id);
    if (!phone) {
      if (this.phones.length >= SHOWN_AT_ONCE) this.close(this.phones[0]);
      phone = this.open(owner);
    }
    this.phones = [...this.phones.filter((each) => each !== phone), phone];
    this.unread.delete(id);
    this.showActive();
    this.showSwitch();
    return phone;
  }

  showActive() {
    for (const phone of this.phones) phone.root.classList.toggle("phone-active", phone === this.active);
  }

  showSwitch() {
    const chips = this.owners.map(({ id, name }) =>
      el(
        "button",
        {
          type: "button",
          class: this.unread.has(id) ? "chip chip-unread" : "chip",
          "aria-pressed": String(this.active?.id === id),
          onclick: () => this.activate(id)?.timeline.toEnd(),
        },
        name,
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

  async addGroup() {
    const wanted = await askGroup(document.body, this.users);
    if (!wanted) return;
    try {
      const group = await addGroup(wanted);
      await this.refresh();
      this.activate(group.groupId);
    } catch (error) {
      this.active?.toast(error.message);
    }
  }

  /** Write `text` into the input of a chat, without sending it. */
  prefill(id, text) {
    this.activate(id)?.composer.fill(text);
  }

  /** What a phone shows on its lock screen: a banner for a push, or for whoever is not being looked at. */
  notify(phone, words, viaPush) {
    if (phone !== this.active) {
      this.unread.add(phone.id);
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
      page.activate(phone.id)?.timeline.toEnd();
    }
    find("banners").replaceChildren(banner); // one at a time, as on a phone
  }
}

new Page().run();
