// One LINE message object -> what is seen of it (Messaging API reference, "Message objects").

import { followInside } from "./actions.js";
import { el, errorBox, linkify, picture, safeUrl } from "./dom.js";
import { renderFlex } from "./flex.js";
import { hotspots } from "./hotspots.js";
import { stickerFace } from "./stickers.js";
import { renderTemplate } from "./templates.js";

const DRAW = { text, textV2, sticker, image, video, audio, location: place, imagemap, template, flex };

/** Draw the message; what cannot be drawn, or LINE would refuse, becomes a red box that names it. */
export function renderMessage(message, phone) {
  const draw = Object.hasOwn(DRAW, message?.type) ? DRAW[message.type] : null;
  if (!draw) return errorBox(`未知的訊息 type：${message?.type ?? "（沒有 type）"}`);
  try {
    return draw(message, phone);
  } catch (error) {
    console.error(error);
    return errorBox(`訊息 ${message.type} 畫不出來：${error.message}`);
  }
}

/** What a notification says of a message. */
export function summary(message) {
  const byType = { text: message.text, textV2: message.text, sticker: "傳送了貼圖", image: "傳送了照片" };
  return message.altText ?? byType[message.type] ?? "傳送了訊息";
}

/** True for what is drawn without a coloured speech bubble around it. */
export const isBare = (message) => !["text", "textV2"].includes(message?.type);

function text(message, phone) {
  if (typeof message.text !== "string" || message.text === "") return errorBox("text 訊息沒有文字");
  const onLink = (event, url) => followInside(event, url, phone);
  return el("div", { class: "speech" }, ...linkify(message.text, onLink));
}

function textV2(message, phone) {
  const filled = (message.text ?? "").replace(/\{(\w+)\}/g, (all, name) => {
    const { type, mentionee } = message.substitution?.[name] ?? {};
    if (type === "mention") return mentionee?.type === "all" ? "@All" : "@顧客";
    return type === "emoji" ? "🙂" : all;
  });
  return text({ ...message, text: filled }, phone);
}

function sticker(message) {
  return stickerFace(message);
}

function image(message) {
  const shown = picture(message.previewImageUrl ?? message.originalContentUrl, "照片", "photo");
  const full = safeUrl(message.originalContentUrl, ["http:", "https:"]);
  if (!full || shown.tagName !== "IMG") return shown;
  return el("a", { href: full.href, target: "_blank", rel: "noopener noreferrer", class: "photo-link" }, shown);
}

function video(message) {
  const url = safeUrl(message.originalContentUrl, ["http:", "https:"]);
  const poster = safeUrl(message.previewImageUrl, ["http:", "https:"]);
  if (!url || !poster) return errorBox("video 的網址不是 http(s)");
  return el("video", { src: url.href, poster: poster.href, controls: true, preload: "none", class: "photo" });
}

function audio(message) {
  const url = safeUrl(message.originalContentUrl, ["http:", "https:"]);
  return url ? el("audio", { src: url.href, controls: true, preload: "none" }) : errorBox("audio 的網址不是 http(s)");
}

function place(message) {
  const spot = `${message.latitude}, ${message.longitude}`;
  return el(
    "div",
    { class: "place" },
    el("div", { class: "place-map", "aria-hidden": "true" }, "📍"),
    el("b", {}, message.title ?? "位置訊息"),
    el("span", {}, message.address ?? ""),
    el("small", {}, spot),
  );
}

function imagemap(message, phone) {
  const areas = (message.actions ?? []).map(({ area, linkUri, ...action }) => ({
    bounds: area,
    action: action.type === "uri" ? { ...action, uri: linkUri } : action,
  }));
  const map = hotspots(`${message.baseUrl}/1040`, message.altText, message.baseSize, areas, phone, "message");
  return el("div", { class: "imagemap" }, map);
}

function template(message, phone) {
  return named(message, renderTemplate(message.template, phone));
}

function flex(message, phone) {
  return named(message, renderFlex(message.contents, phone));
}

/** The alternative text is what LINE notifies, quotes and reads aloud, so it must be there. */
function named(message, node) {
  if (typeof message.altText !== "string" || !message.altText) return errorBox(`${message.type} 缺少 altText`);
  return el("div", { role: "group", "aria-label": message.altText, class: "rich" }, node);
}
