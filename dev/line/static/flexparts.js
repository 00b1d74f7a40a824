// Flex Messages: the leaves (Messaging API reference, "Flex Message" > "Component").

import { control } from "./actions.js";
import { el, errorBox, picture, safeUrl, setStyle } from "./dom.js";
import { FONT, FlexError, IMAGE, colour, complaint, length, ratio } from "./flexspec.js";

/** A font size; with `scaling` it follows the customer's own font size setting. */
function fontSize(source, fallback) {
  const size = length(source.size ?? fallback, FONT, "size");
  return source.scaling && size ? `calc(${size} * var(--font-scale))` : size;
}

function wording(node, source, fallbackSize) {
  setStyle(node, {
    "font-size": fontSize(source, fallbackSize),
    color: colour(source.color, "color"),
    "font-weight": { bold: "700", regular: "400" }[source.weight],
    "font-style": source.style,
    "text-decoration": source.decoration,
  });
}

export function text(source, phone) {
  const spans = source.contents;
  const worded = typeof source.text === "string" && source.text !== "";
  if (!spans?.length && !worded) throw new FlexError("text 元件沒有文字");
  const attributes = { class: source.wrap ? "text text-wrap" : "text", "aria-label": source.action?.label };
  const node = source.action ? control(source.action, phone, attributes) : el("div", attributes);
  if (node.classList.contains("error-box")) return node;
  node.append(...(spans?.length ? spans.map(span) : [source.text]));
  wording(node, source, "md");
  setStyle(node, { "text-align": source.align, "--line-spacing": length(source.lineSpacing, {}, "lineSpacing") });
  if (source.wrap && source.maxLines > 0) {
    node.classList.add("text-clamped");
    setStyle(node, { "-webkit-line-clamp": source.maxLines, "line-clamp": source.maxLines });
  }
  if (source.adjustMode === "shrink-to-fit") shrinkToFit(node);
  return node;
}

function span(source) {
  const wrong = complaint(source, ["span"]);
  if (wrong) return errorBox(wrong);
  const node = el("span", {}, source.text ?? "");
  wording(node, source);
  return node;
}

/** Make the font smaller once the node has its width, until its one line fits (half the size at least). */
function shrinkToFit(node) {
  requestAnimationFrame(() => {
    const words = document.createRange();
    words.selectNodeContents(node);
    const [wanted, there] = [words, node].map((each) => each.getBoundingClientRect().width);
    if (!there || wanted <= there) return;
    const size = parseFloat(getComputedStyle(node).fontSize);
    const fitting = Math.max(size / 2, Math.floor((size * there * 10) / wanted) / 10);
    setStyle(node, { "font-size": `${fitting}px` });
  });
}

const BUTTON_STYLES = ["primary", "secondary", "link"];

export function button(source, phone) {
  const style = source.style ?? "link";
  if (!BUTTON_STYLES.includes(style)) throw new FlexError(`button 的 style 不對：${style}`);
  if (!source.action?.label) throw new FlexError("button 的 action 缺少 label");
  const label = el("span", { class: "button-label" }, source.action.label);
  const node = control(source.action, phone, { class: `button button-${style} button-${source.height ?? "md"}` }, label);
  const own = colour(source.color, "color");
  setStyle(node, { [style === "link" ? "color" : "background-color"]: own });
  if (source.scaling) setStyle(node, { "font-size": "calc(16px * var(--font-scale))" });
  if (source.adjustMode === "shrink-to-fit") shrinkToFit(label);
  return node;
}

export function image(source, phone) {
  const inner = el("span", { class: "image-frame" });
  setStyle(inner, {
    width: source.size === "full" ? "100%" : length(source.size ?? "md", IMAGE, "size"),
    "aspect-ratio": ratio(source.aspectRatio),
    "background-color": colour(source.backgroundColor, "backgroundColor"),
  });
  inner.append(picture(source.url, source.action?.label ?? "", source.aspectMode === "cover" ? "cover" : "fit"));
  const attributes = { class: `image image-${source.align ?? "center"}`, "aria-label": source.action?.label };
  return source.action ? control(source.action, phone, attributes, inner) : el("div", attributes, inner);
}

export function video(source, phone) {
  const url = safeUrl(source.url, ["http:", "https:"]);
  const poster = safeUrl(source.previewUrl, ["http:", "https:"]);
  if (!url || !poster) throw new FlexError("video 的 url 或 previewUrl 不是 http(s)");
  const player = el("video", { src: url.href, poster: poster.href, controls: true, preload: "none", class: "cover" });
  const form = { width: "100%", "aspect-ratio": ratio(source.aspectRatio) };
  const frame = el("span", { class: "image-frame", style: form }, player);
  const more = source.action && control(source.action, phone, { class: "video-action" }, source.action.label ?? "詳情");
  return el("div", { class: "image" }, frame, more);
}

export function icon(source) {
  const size = fontSize(source, "md");
  const node = picture(source.url, "", "icon");
  setStyle(node, { height: size, "aspect-ratio": ratio(source.aspectRatio) });
  return node;
}

export function separator(source) {
  const node = el("div", { class: "separator", role: "presentation" });
  setStyle(node, { "background-color": colour(source.color, "color") });
  return node;
}

export function filler() {
  return el("div", { class: "filler" });
}

