// Flex Messages: containers and boxes (Messaging API reference, "Flex Message"). Leaves are in flexparts.js.

import { actionComplaint, control } from "./actions.js";
import { el, errorBox, setStyle, spokenText } from "./dom.js";
import { button, filler, icon, image, separator, text, video } from "./flexparts.js";
import { BORDER, BUBBLE, FlexError, GAP, LAYOUTS, colour, complaint, length } from "./flexspec.js";
import { scroller } from "./scroller.js";

const DRAW = { box, button, image, video, icon, text, separator, filler };
const IN_BOX = ["box", "button", "image", "text", "separator", "filler"];
const IN_BASELINE = ["icon", "text", "filler"];
const BLOCKS = { header: ["box"], hero: ["box", "image", "video"], body: ["box"], footer: ["box"] };

/** Draw the `contents` of a Flex Message: a bubble or a carousel. */
export function renderFlex(contents, phone) {
  const wrong = complaint(contents, ["bubble", "carousel"]);
  if (wrong) return errorBox(wrong);
  if (contents.type === "bubble") return checked(() => bubble(contents, phone));
  if (!Array.isArray(contents.contents) || !contents.contents.length) return errorBox("carousel 的 contents 是空的");
  const bubbles = contents.contents.map((each) => {
    const strange = complaint(each, ["bubble"]);
    return strange ? errorBox(strange) : checked(() => bubble(each, phone));
  });
  for (const each of bubbles) each.setAttribute("role", "listitem");
  return scroller(el("div", { class: "carousel", role: "list", tabindex: "0" }, ...bubbles), "carousel-scroller");
}

/** Draw, or show in its place what LINE would have refused. */
function checked(draw) {
  try {
    return draw();
  } catch (error) {
    if (error instanceof FlexError) return errorBox(error.message);
    throw error;
  }
}

function bubble(source, phone) {
  const size = source.size ?? "mega";
  if (!(size in BUBBLE)) throw new FlexError(`bubble 的 size 不對：${size}`);
  const root = el("div", { class: `bubble bubble-${size}`, dir: source.direction ?? "ltr" });
  setStyle(root, { "--bubble-width": `${BUBBLE[size]}px` });
  const blocks = Object.keys(BLOCKS).filter((name) => source[name]);
  if (!blocks.length) throw new FlexError("bubble 是空的");
  blocks.forEach((name, index) => root.append(block(source, name, index, phone)));
  if (source.action) root.append(overlay(source.action, root, phone));
  return root;
}

function block(source, name, index, phone) {
  const style = source.styles?.[name] ?? {};
  const node = el("div", { class: `block block-${name}` });
  setStyle(node, { "background-color": colour(style.backgroundColor, `styles.${name}.backgroundColor`) });
  if (style.separator && index > 0) {
    node.classList.add("block-separated");
    setStyle(node, { "border-top-color": colour(style.separatorColor, `styles.${name}.separatorColor`) });
  }
  node.append(component(source[name], phone, BLOCKS[name]));
  return node;
}

function component(source, phone, allowed) {
  const wrong = complaint(source, allowed);
  return wrong ? errorBox(wrong) : checked(() => DRAW[source.type](source, phone));
}

function box(source, phone) {
  if (!LAYOUTS.includes(source.layout)) throw new FlexError(`box 的 layout 不對：${source.layout}`);
  if (!Array.isArray(source.contents)) throw new FlexError("box 缺少 contents");
  const inner = source.contents.some(hasAction);
  const attributes = { class: `box box-${source.layout}` };
  const node = source.action && !inner ? control(source.action, phone, attributes) : el("div", attributes);
  if (node.classList.contains("error-box")) return node;
  styleBox(node, source);
  const allowed = source.layout === "baseline" ? IN_BASELINE : IN_BOX;
  let first = true;
  for (const child of source.contents) {
    const drawn = component(child, phone, allowed);
    checked(() => place(drawn, child, source, first));
    first &&= child?.position === "absolute";
    node.append(drawn);
  }
  if (source.action && inner) node.append(overlay(source.action, node, phone));
  else if (source.action?.label) node.setAttribute("aria-label", source.action.label);
  return node;
}

/** True when a component, or one inside it, can be tapped: buttons cannot hold buttons. */
function hasAction(source) {
  return Boolean(source?.action) || (Array.isArray(source?.contents) && source.contents.some(hasAction));
}

/** A button over a whole box or bubble whose parts have actions of their own; those stay above it. */
function overlay(action, over, phone) {
  const wrong = actionComplaint(action);
  if (wrong) return errorBox(wrong);
  over.classList.add("has-overlay");
  return control(action, phone, { class: "overlay", "aria-label": action.label || spokenText(over) });
}

function styleBox(node, source) {
  const edge = (name) => length(source[name], GAP, name);
  setStyle(node, {
    "justify-content": source.justifyContent,
    "align-items": source.alignItems,
    "background-color": colour(source.backgroundColor, "backgroundColor"),
    "background-image": gradient(source.background),
    "border-radius": edge("cornerRadius"),
    width: length(source.width, {}, "width"),
    "max-width": length(source.maxWidth, {}, "maxWidth"),
    height: length(source.height, {}, "height"),
    "max-height": length(source.maxHeight, {}, "maxHeight"),
    padding: edge("paddingAll"),
    "padding-top": edge("paddingTop"),
    "padding-bottom": edge("paddingBottom"),
    "padding-inline-start": edge("paddingStart"),
    "padding-inline-end": edge("paddingEnd"),
  });
  const width = length(source.borderWidth, BORDER, "borderWidth") ?? (source.borderColor ? "1px" : undefined);
  if (width) setStyle(node, { border: `${width} solid ${colour(source.borderColor, "borderColor") ?? "#d4d6da"}` });
}

function gradient(background) {
  if (!background) return undefined;
  if (background.type !== "linearGradient") throw new FlexError(`未知的 background type：${background.type}`);
  if (!/^\d+(\.\d+)?deg$/.test(background.angle ?? "")) throw new FlexError(`angle 的值不對：${background.angle}`);
  const stops = [colour(background.startColor, "startColor")];
  if (background.centerColor) {
    const at = length(background.centerPosition ?? "50%", {}, "centerPosition");
    stops.push(`${colour(background.centerColor, "centerColor")} ${at}`);
  }
  stops.push(colour(background.endColor, "endColor"));
  if (!stops[0] || !stops.at(-1)) throw new FlexError("linearGradient 缺少 startColor 或 endColor");
  return `linear-gradient(${background.angle}, ${stops.join(", ")})`;
}

/** Share of the parent's room, margin, gravity and offsets of one child. */
function place(node, child, parent, first) {
  const row = parent.layout !== "vertical";
  const offset = (name) => length(child[name], GAP, name, true);
  if (child.position === "absolute" || child.position === "relative") {
    setStyle(node, { position: child.position });
    node.classList.toggle("absolute", child.position === "absolute");
  }
  setStyle(node, {
    top: offset("offsetTop"),
    bottom: offset("offsetBottom"),
    "inset-inline-start": offset("offsetStart"),
    "inset-inline-end": offset("offsetEnd"),
  });
  if (child.position === "absolute") return;
  const gap = length(child.margin, GAP, "margin") ?? (first ? undefined : length(parent.spacing, GAP, "spacing"));
  setStyle(node, { [row ? "margin-inline-start" : "margin-top"]: gap, flex: share(child, row) });
  const gravity = { top: "flex-start", center: "center", bottom: "flex-end" }[child.gravity];
  if (row && gravity && parent.layout === "horizontal") setStyle(node, { "align-self": gravity });
  else if (gravity && child.gravity !== "top") {
    setStyle(node, { "margin-top": "auto", "margin-bottom": child.gravity === "center" && "auto" });
  }
}

/** The CSS `flex` of a child: 1 in a row, 0 in a column, unless it says so or has a width of its own. */
function share(child, row) {
  if (["icon", "separator"].includes(child.type)) return "none";
  const own = child.flex ?? (child.type === "filler" ? 1 : undefined);
  if (own === undefined && child.width && row) return "none";
  const flex = own ?? (row ? 1 : 0);
  if (!Number.isInteger(flex) || flex < 0) throw new FlexError(`flex 的值不對：${JSON.stringify(child.flex)}`);
  if (row) return flex === 0 ? "0 0 auto" : `${flex} 1 0`;
  return flex === 0 ? "0 0 auto" : `${flex} 0 auto`;
}
