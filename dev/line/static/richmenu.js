// The rich menu under the chat (Messaging API reference, "Rich menu"): a picture with areas, folded by its bar.

import { el } from "./dom.js";
import { hotspots } from "./hotspots.js";

export class RichMenu {
  constructor(phone) {
    this.phone = phone;
    this.shown = "";
    this.panel = el("div", { class: "rich-menu-panel", "data-testid": "rich-menu" });
    this.label = el("span", {});
    const onclick = () => this.fold(!this.panel.hidden);
    this.bar = el("button", { type: "button", class: "rich-menu-bar", onclick }, this.label);
    this.root = el("div", { class: "rich-menu", hidden: true }, this.panel, this.bar);
  }

  show(menu) {
    const form = JSON.stringify(menu);
    if (form === this.shown) return;
    const first = !this.shown || this.shown === "null";
    this.shown = form;
    this.root.hidden = !menu;
    if (!menu) return;
    this.label.textContent = menu.chatBarText;
    this.panel.replaceChildren(hotspots(menu.imageUrl, menu.name, menu.size, menu.areas, this.phone, "richMenu"));
    this.fold(first ? !menu.selected : this.panel.hidden);
  }

  /** Fold the panel away, or open it; its bar stays. */
  fold(folded) {
    this.panel.hidden = folded;
    this.bar.setAttribute("aria-expanded", String(!folded));
  }
}
