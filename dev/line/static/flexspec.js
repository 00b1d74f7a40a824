// The numbers and names of LINE's Flex Messages (Messaging API reference, "Flex Message").

/** Font and icon sizes in px. */
export const FONT = {
  xxs: 11, xs: 13, sm: 14, md: 16, lg: 19, xl: 22, xxl: 29, "3xl": 35, "4xl": 48, "5xl": 74,
};

/** margin, spacing, padding, offset and cornerRadius keywords in px. */
export const GAP = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };

export const BORDER = { none: 0, light: 0.5, normal: 1, medium: 2, "semi-bold": 3, bold: 4 };

/** Width of an image in px; `full` is the width of its parent. */
export const IMAGE = {
  xxs: 40, xs: 60, sm: 80, md: 100, lg: 120, xl: 140, xxl: 160, "3xl": 180, "4xl": 200, "5xl": 220,
};

/** Width of a bubble in px. */
export const BUBBLE = { nano: 120, micro: 160, deca: 220, hecto: 241, kilo: 260, mega: 300, giga: 386 };

export const LAYOUTS = ["horizontal", "vertical", "baseline"];

const OFFSETS = ["position", "offsetTop", "offsetBottom", "offsetStart", "offsetEnd"];

/** Properties that each thing knows; LINE refuses any other. */
const KNOWN = {
  bubble: ["direction", "styles", "header", "hero", "body", "footer", "size", "action"],
  carousel: ["contents"],
  box: [
    "layout", "flex", "contents", "spacing", "margin", ...OFFSETS, "backgroundColor", "borderColor",
    "borderWidth", "cornerRadius", "width", "maxWidth", "height", "maxHeight", "paddingAll", "paddingTop",
    "paddingBottom", "paddingStart", "paddingEnd", "action", "justifyContent", "alignItems", "background",
  ],
  button: ["flex", "color", "style", "action", "gravity", "margin", ...OFFSETS, "height", "adjustMode", "scaling"],
  image: [
    "url", "flex", "margin", ...OFFSETS, "align", "gravity", "size", "aspectRatio", "aspectMode",
    "backgroundColor", "action", "animated",
  ],
  video: ["url", "previewUrl", "altContent", "aspectRatio", "action"],
  icon: ["url", "size", "aspectRatio", "margin", ...OFFSETS, "scaling"],
  text: [
    "flex", "text", "size", "align", "gravity", "color", "weight", "style", "decoration", "wrap", "lineSpacing",
    "margin", ...OFFSETS, "action", "maxLines", "contents", "adjustMode", "scaling",
  ],
  span: ["text", "size", "color", "weight", "style", "decoration"],
  separator: ["margin", "color"],
  filler: ["flex"],
};

/** What is wrong with this component's outer form, in words, or null. */
export function complaint(component, allowed) {
  if (component === null || typeof component !== "object") return `不是元件：${JSON.stringify(component)}`;
  const { type } = component;
  if (!(type in KNOWN)) return `未知的元件 type：${type ?? "（沒有 type）"}`;
  if (allowed && !allowed.includes(type)) return `${type} 不能放在這裡（可以放：${allowed.join("、")}）`;
  const strange = Object.keys(component).filter((name) => name !== "type" && !KNOWN[type].includes(name));
  return strange.length ? `${type} 沒有這個屬性：${strange.join("、")}` : null;
}

const LENGTH = /^\d+(\.\d+)?(px|%)$/;
const SIGNED_LENGTH = /^-?\d+(\.\d+)?(px|%)$/;

/** A keyword of `table`, "12px" or "50%" as CSS; undefined stays undefined; anything else is an error. */
export function length(value, table, name, signed = false) {
  if (value === undefined || value === null) return undefined;
  if (Object.hasOwn(table, value)) return `${table[value]}px`;
  if ((signed ? SIGNED_LENGTH : LENGTH).test(value)) return value;
  throw new FlexError(`${name} 的值不對：${JSON.stringify(value)}`);
}

const COLOUR = /^#[0-9a-f]{6}([0-9a-f]{2})?$/i;

/** "#RRGGBB" or "#RRGGBBAA"; undefined stays undefined; anything else is an error. */
export function colour(value, name) {
  if (value === undefined || value === null) return undefined;
  if (COLOUR.test(value)) return value;
  throw new FlexError(`${name} 不是 #RRGGBB 色碼：${JSON.stringify(value)}`);
}

/** "20:13" as the CSS ratio "20 / 13". LINE refuses pictures more than three times as high as wide. */
export function ratio(value = "1:1") {
  const [width, height] = String(value).split(":").map(Number);
  if (!(width > 0 && height > 0)) throw new FlexError(`aspectRatio 的值不對：${JSON.stringify(value)}`);
  if (height > width * 3) throw new FlexError(`aspectRatio 的高超過寬的三倍：${value}`);
  return `${width} / ${height}`;
}

/** A Flex property that LINE would refuse; its message is shown in place of the component. */
export class FlexError extends Error {}
