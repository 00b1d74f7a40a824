// Building blocks of the page. Text only ever enters the page as text nodes, never as markup.

const isSet = (value) => value !== null && value !== undefined && value !== false;

/**
 * Make an element. `attributes` are set as attributes, except `on…` functions (listeners), `class`
 * and `style` (an object of CSS properties). Children are nodes or strings; null and false are left out.
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (!isSet(value)) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") setStyle(node, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter(isSet));
  return node;
}

/** Set CSS properties (`{"max-width": "3px"}`); empty values are left out. */
export function setStyle(node, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (isSet(value) && value !== "") node.style.setProperty(name, String(value));
  }
}

/** The red box that stands where something LINE would refuse, or cannot draw, was to be shown. */
export function errorBox(text) {
  return el("div", { class: "error-box", role: "alert", "data-testid": "error" }, `⚠ ${text}`);
}

/** The address if it may be linked to (http, https, line, tel: the schemes a URI action allows), or null. */
export function safeUrl(address, schemes = ["http:", "https:", "line:", "tel:"]) {
  try {
    const url = new URL(address, location.origin);
    return schemes.includes(url.protocol) ? url : null;
  } catch {
    return null; // not an address at all: the caller shows an error box
  }
}

/** An <img> that says so when its picture cannot be had; an error box when the address is not a web address. */
export function picture(address, alt, className = "") {
  const url = typeof address === "string" && safeUrl(address, ["http:", "https:", "blob:"]);
  if (!url) return errorBox(`圖片網址不是 http(s)：${address ?? "（沒有網址）"}`);
  const image = el("img", { src: url.href, alt, class: className, draggable: "false", decoding: "async" });
  image.addEventListener("error", () => {
    image.replaceWith(el("span", { class: "no-picture", title: url.href }, "🖼 圖片載入失敗"));
  });
  return image;
}

const LINK = /(https?:\/\/[^\s<>"'「」（）【】，。、！？]+)/g;

/** Split text into text nodes and links, as LINE underlines addresses in a text message. */
export function linkify(text, onLink) {
  return text.split(LINK).map((part, index) => {
    const url = index % 2 === 1 && safeUrl(part, ["http:", "https:"]);
    if (!url) return document.createTextNode(part);
    return el(
      "a",
      { href: url.href, target: "_blank", rel: "noopener noreferrer", onclick: (event) => onLink(event, url) },
      part,
    );
  });
}

/** What an element says aloud: its words and the names of its pictures. */
export function spokenText(node) {
  const alternatives = [...node.querySelectorAll("img[alt]")].map((image) => image.alt);
  return [node.textContent, ...alternatives].join(" ").replace(/\s+/g, " ").trim();
}
