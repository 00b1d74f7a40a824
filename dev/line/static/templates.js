// Template messages (Messaging API reference, "Template messages"), drawn as the Flex bubbles they resemble.

import { el, errorBox } from "./dom.js";
import { renderFlex } from "./flex.js";

const LINES = "#e3e5ea";

export function renderTemplate(template, phone) {
  const make = { buttons, confirm, carousel, image_carousel: imageCarousel }[template?.type];
  if (!make) return errorBox(`未知的 template type：${template?.type ?? "（沒有 type）"}`);
  const parts = template.type.endsWith("carousel") ? template.columns : template.actions;
  if (!Array.isArray(parts) || !parts.length) return errorBox(`template ${template.type} 沒有內容`);
  return el("div", { class: `template template-${template.type}` }, renderFlex(make(template), phone));
}

function buttons(template) {
  return card(template, template, "mega");
}

function carousel(template) {
  return { type: "carousel", contents: template.columns.map((column) => card(column, template, "kilo")) };
}

/** One card; its picture's form is said by the template as a whole. */
function card(column, template, size) {
  const bubble = { type: "bubble", size, body: words(column), footer: list(column.actions, "vertical") };
  if (column.thumbnailImageUrl) bubble.hero = thumbnail(column, template);
  if (column.defaultAction) bubble.body.action = column.defaultAction;
  bubble.styles = { footer: { separator: true, separatorColor: LINES } };
  return bubble;
}

function thumbnail(column, template) {
  const picture = {
    type: "image",
    url: column.thumbnailImageUrl,
    size: "full",
    aspectRatio: template.imageAspectRatio === "square" ? "1:1" : "151:100",
    aspectMode: template.imageSize === "contain" ? "fit" : "cover",
    backgroundColor: column.imageBackgroundColor ?? "#FFFFFF",
  };
  if (column.defaultAction) picture.action = column.defaultAction;
  return picture;
}

function words(column) {
  const contents = [];
  if (column.title) contents.push({ type: "text", text: column.title, weight: "bold", size: "md", wrap: true });
  contents.push({ type: "text", text: column.text ?? "", size: "sm", color: "#555555", wrap: true });
  return { type: "box", layout: "vertical", spacing: "sm", contents };
}

/** Actions under (or beside) each other with a line between. */
function list(actions = [], layout) {
  const contents = actions.flatMap((action, index) => [
    ...(index ? [{ type: "separator", color: LINES }] : []),
    { type: "button", style: "link", height: "sm", action },
  ]);
  return { type: "box", layout, contents, paddingAll: "4px" };
}

function confirm(template) {
  return {
    type: "bubble",
    size: "kilo",
    body: {
      type: "box",
      layout: "vertical",
      contents: [{ type: "text", text: template.text ?? "", wrap: true, size: "sm" }],
    },
    footer: list(template.actions, "horizontal"),
    styles: { footer: { separator: true, separatorColor: LINES } },
  };
}

function imageCarousel(template) {
  return { type: "carousel", contents: template.columns.map(pictureCard) };
}

function pictureCard(column) {
  const contents = [{ type: "image", url: column.imageUrl, size: "full", aspectMode: "cover" }];
  if (column.action?.label) {
    contents.push({
      type: "box",
      layout: "vertical",
      position: "absolute",
      offsetBottom: "12px",
      offsetStart: "0px",
      offsetEnd: "0px",
      paddingStart: "20px",
      paddingEnd: "20px",
      contents: [
        {
          type: "box",
          layout: "vertical",
          backgroundColor: "#000000AA",
          cornerRadius: "20px",
          paddingAll: "6px",
          contents: [{ type: "text", text: column.action.label, color: "#FFFFFF", size: "sm", align: "center" }],
        },
      ],
    });
  }
  const body = { type: "box", layout: "vertical", paddingAll: "0px", contents, action: column.action };
  return { type: "bubble", size: "deca", body };
}
