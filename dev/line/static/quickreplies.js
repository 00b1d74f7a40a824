// The chips over the input: only those of the last message, gone after a tap or with the next message.

import { control } from "./actions.js";
import { el, errorBox, picture } from "./dom.js";
import { scroller } from "./scroller.js";

/** What these open may be given up, so their chips stay until something is really sent. */
const STAYING = ["camera", "cameraRoll", "location", "datetimepicker"];

export class QuickReplies {
  constructor(phone) {
    this.phone = phone;
    this.strip = el("div", { class: "quick-replies", role: "group", "aria-label": "快速回覆" });
    this.root = scroller(this.strip, "quick-scroller");
    this.root.dataset.testid = "quick-replies";
    this.root.hidden = true;
    this.shownFor = 0;
    this.tappedAt = 0;
  }

  /** `seq` is the last message's: a tap hides the chips for good, until a newer message brings new ones. */
  show(quickReply, seq) {
    if (!quickReply?.items?.length || this.tappedAt === seq) return this.hide();
    if (this.shownFor === seq && !this.root.hidden) return;
    this.shownFor = seq;
    this.strip.replaceChildren(...quickReply.items.map((item) => this.chip(item)));
    this.root.hidden = false;
    this.strip.scrollLeft = 0;
  }

  hide() {
    this.root.hidden = true;
    this.strip.replaceChildren();
  }

  chip({ action, imageUrl }) {
    if (action?.type === "richmenuswitch") return errorBox("快速回覆不能放 richmenuswitch");
    if (action && !action.label) return errorBox("快速回覆的 action 缺少 label");
    const before = () => {
      if (STAYING.includes(action.type)) return;
      this.tappedAt = this.shownFor;
      this.root.hidden = true; // emptied when the next answer comes: a link must stay in the page while it is followed
    };
    const icon = imageUrl && picture(imageUrl, "", "chip-icon");
    return control(action, this.phone, { place: "quickReply", class: "quick-reply", before }, icon, action?.label ?? "");
  }
}
