// Strips that are swiped on a phone get arrows, so that a mouse can move them too.

import { el } from "./dom.js";

const STEP = 0.8; // of what is seen at once

/** Wrap a strip that scrolls sideways; each arrow is there while there is something beyond its edge. */
export function scroller(strip, className) {
  const move = (sign) => () => strip.scrollBy({ left: sign * strip.clientWidth * STEP, behavior: "smooth" });
  const arrow = (label, face, sign) => {
    const name = sign < 0 ? "arrow arrow-back" : "arrow arrow-on";
    const attributes = { type: "button", class: name, "aria-label": label, tabindex: "-1", hidden: true };
    return el("button", { ...attributes, onclick: move(sign) }, face);
  };
  const back = arrow("往前捲", "‹", -1);
  const on = arrow("往後捲", "›", 1);
  const look = () => {
    back.hidden = strip.scrollLeft < 8;
    on.hidden = strip.scrollLeft + strip.clientWidth > strip.scrollWidth - 8;
  };
  strip.addEventListener("scroll", look, { passive: true });
  new ResizeObserver(look).observe(strip);
  new MutationObserver(look).observe(strip, { childList: true });
  return el("div", { class: `scroller ${className}` }, strip, back, on);
}
