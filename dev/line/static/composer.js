// The input bar: text, stickers, photos.

import { sendPhoto, sendSticker } from "./api.js";
import { el } from "./dom.js";
import { STICKERS, stickerFace } from "./stickers.js";

const MAX_HEIGHT_PX = 132;

export class Composer {
  constructor(phone) {
    this.phone = phone;
    this.input = el("textarea", {
      rows: 1,
      placeholder: "輸入訊息",
      "aria-label": "輸入訊息",
      maxlength: 5000,
      oninput: () => this.fit(),
      onkeydown: (event) => this.onKey(event),
    });
    const choices = STICKERS.map((each) => this.sticker(each));
    this.stickers = el("div", { class: "stickers", hidden: true, role: "group", "aria-label": "貼圖" }, ...choices);
    const tool = (label, icon, act) =>
      el("button", { type: "button", class: `tool icon-${icon}`, "aria-label": label, title: label, onclick: act });
    this.root = el(
      "div",
      { class: "composer" },
      this.stickers,
      el(
        "div",
        { class: "composer-row" },
        tool("傳照片", "photo", () => this.phone.send(sendPhoto)),
        tool("傳貼圖", "face", () => (this.stickers.hidden = !this.stickers.hidden)),
        this.input,
        el("button", { type: "button", class: "send icon-send", "aria-label": "傳送", onclick: () => this.send() }),
      ),
    );
  }

  sticker({ packageId, stickerId }) {
    const onclick = () => {
      this.stickers.hidden = true;
      this.phone.send(sendSticker, { packageId, stickerId });
    };
    return el("button", { type: "button", class: "sticker-choice", onclick }, stickerFace({ packageId, stickerId }));
  }

  /** Write into the input and put the cursor at its end, as openKeyboard does; nothing is sent. */
  fill(text) {
    this.input.value = text;
    this.phone.richMenu.fold(true);
    this.fit();
    this.input.focus();
    this.input.setSelectionRange(text.length, text.length);
  }

  fit() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, MAX_HEIGHT_PX)}px`;
  }

  /** Enter sends where there is a keyboard; on touch screens it is a new line, as in LINE. */
  onKey(event) {
    const touch = matchMedia("(pointer: coarse)").matches;
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || touch) return;
    event.preventDefault();
    this.send();
  }

  async send() {
    const text = this.input.value;
    if (!text.trim()) return;
    this.input.value = "";
    this.fit();
    if (!(await this.phone.sendText(text)) && !this.input.value) this.fill(text);
  }
}
