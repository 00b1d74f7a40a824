// Stickers, drawn by ourselves: a face from the emoji font stands for each, with its numbers under it.

import { el } from "./dom.js";

/** Some of the stickers that LINE lets bots and everyone send ("List of available stickers"). */
export const STICKERS = [
  { packageId: "446", stickerId: "1988", face: "👋" },
  { packageId: "446", stickerId: "1989", face: "😊" },
  { packageId: "446", stickerId: "1990", face: "🎉" },
  { packageId: "446", stickerId: "1991", face: "❤️" },
  { packageId: "446", stickerId: "1992", face: "😆" },
  { packageId: "446", stickerId: "1993", face: "🙏" },
  { packageId: "446", stickerId: "1994", face: "👍" },
  { packageId: "446", stickerId: "1995", face: "😭" },
];

export function stickerFace({ packageId, stickerId }) {
  const known = STICKERS.find((each) => each.packageId === packageId && each.stickerId === stickerId);
  return el(
    "div",
    { class: "sticker", role: "img", "aria-label": `貼圖 ${packageId}/${stickerId}` },
    el("span", { "aria-hidden": "true" }, known?.face ?? "🐥"),
    el("small", { "aria-hidden": "true" }, `${packageId}/${stickerId}`),
  );
}
