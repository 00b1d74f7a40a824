// A phone with a group's chat on it, or a multi-person chat's: it goes from hand to hand among the members.

import * as api from "./api.js";
import { el } from "./dom.js";
import { Phone, bar } from "./phone.js";

const KINDS = { group: "群組", room: "多人聊天室" };

export class GroupPhone extends Phone {
  constructor(page, id) {
    super(page, id);
    this.chat.path = `/chat/groups/${encodeURIComponent(id)}`;
    this.root.dataset.group = id;
  }

  above() {
    this.absentBar = bar("官方帳號不在這裡，聽不到大家說的話", "邀請官方帳號", () => this.send(api.inviteBot));
    this.speakers = el("select", { "aria-label": "由誰發言", onchange: () => this.hand(this.speakers.value) });
    this.handBar = el("label", { class: "hand-bar" }, "現在拿著手機的是", this.speakers);
    return [this.absentBar, this.handBar];
  }

  over() {
    return [];
  }

  menuEntries() {
    this.people = el("div", { class: "people" });
    this.expelButton = el("button", { type: "button", onclick: () => this.send(api.expelBot) }, "請官方帳號離開");
    return [this.people, this.expelButton];
  }

  describe(group, shop, users) {
    this.names = Object.fromEntries(users.map((user) => [user.userId, user.name]));
    this.name = group.name;
    this.title.textContent = `${group.name}（${group.members.length}）`;
    this.owner.textContent = `${KINDS[group.kind]}：${group.members.map((id) => this.nameOf(id)).join("、")}`;
    this.root.setAttribute("aria-label", this.title.textContent);
    this.timeline.shopName = shop.name;
    this.absentBar.hidden = group.hasBot;
    for (const part of [this.handBar, this.composer.root, this.expelButton, this.people]) part.hidden = !group.hasBot;
    this.showMembers(group.members, users);
  }

  showMembers(members, users) {
    const form = JSON.stringify([members, users.map((user) => user.userId)]);
    if (form === this.shownMembers) return;
    this.shownMembers = form;
    this.speakers.replaceChildren(...members.map((id) => el("option", { value: id }, this.nameOf(id))));
    this.hand(members.includes(this.chat.speaker) ? this.chat.speaker : members[0]);
    const entry = (label, call, id) => el("button", { type: "button", onclick: () => this.send(call, id) }, label);
    const outside = users.filter((user) => !members.includes(user.userId));
    this.people.replaceChildren(
      ...outside.map((user) => entry(`邀請 ${user.name}`, api.admit, user.userId)),
      ...(members.length > 1 ? members.map((id) => entry(`${this.nameOf(id)} 離開`, api.part, id)) : []),
    );
  }

  /** Give the phone to a member: what is written from now on is theirs. */
  hand(userId) {
    this.chat.speaker = userId;
    this.speakers.value = userId;
    this.timeline.changeSides();
  }

  isOwn(userId) {
    return userId === this.chat.speaker;
  }

  nameOf(userId) {
    return this.names?.[userId] ?? "離開的人";
  }
}
