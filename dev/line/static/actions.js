// What a tap does (Messaging API reference, "Action objects").

import { sendPhoto } from "./api.js";
import { copyText } from "./clipboard.js";
import { askDate, askPlace } from "./dialogs.js";
import { el, errorBox, safeUrl } from "./dom.js";

const REQUIRED = {
  message: ["text"],
  postback: ["data"],
  uri: ["uri"],
  clipboard: ["clipboardText"],
  datetimepicker: ["data", "mode"],
  richmenuswitch: ["richMenuAliasId", "data"],
  camera: [],
  cameraRoll: [],
  location: [],
};
const QUICK_REPLY_ONLY = ["camera", "cameraRoll", "location"];

/** What is wrong with an action, in words, or null. */
export function actionComplaint(action, place = "message") {
  if (!action || typeof action !== "object") return "缺少 action";
  if (!(action.type in REQUIRED)) return `未知的 action type：${action.type ?? "（沒有 type）"}`;
  if (place !== "quickReply" && QUICK_REPLY_ONLY.includes(action.type)) {
    return `action ${action.type} 只能放在快速回覆裡`;
  }
  const missing = REQUIRED[action.type].filter((name) => typeof action[name] !== "string");
  if (missing.length) return `action ${action.type} 缺少：${missing.join("、")}`;
  if (action.type === "uri" && !safeUrl(action.uri)) return `uri 不是 http、https、line 或 tel：${action.uri}`;
  return null;
}

/**
 * A real button (or link) that performs `action` in `phone` when tapped. `place` is where it stands:
 * "message", "quickReply" or "richMenu"; `before` runs first, whatever the action is.
 */
export function control(action, phone, { place = "message", before = null, ...attributes }, ...children) {
  const wrong = actionComplaint(action, place);
  if (wrong) return errorBox(wrong);
  const shared = { "data-action": action.type, ...attributes };
  const start = () => before?.();
  if (action.type === "uri") return link(action, phone, shared, start, children);
  const onclick = () => {
    start();
    perform(action, phone);
  };
  return el("button", { type: "button", ...shared, onclick }, ...children);
}

function link(action, phone, attributes, start, children) {
  const url = safeUrl(action.uri);
  const onclick = (event) => {
    start();
    followInside(event, url, phone);
  };
  return el(
    "a",
    { ...attributes, href: url.href, target: "_blank", rel: "noopener noreferrer", onclick },
    ...children,
  );
}

/** Addresses that LINE itself answers are answered here; all others open in a new tab as links do. */
export function followInside(event, url, phone) {
  const draft = draftOf(url);
  if (draft) {
    event.preventDefault();
    phone.page.prefill(draft.userId ?? phone.id, draft.text);
  } else if (lineCommand(url)) {
    event.preventDefault();
    phone.toast(`手機上會由 LINE 開啟：${url.href}`);
  }
}

/** "/R/…" of the LINE URL scheme, however it is written; "" for any other address. */
function lineCommand(url) {
  if (url.protocol === "line:") return `/R/${url.host}${url.pathname}`;
  return url.hostname === "line.me" && url.pathname.startsWith("/R/") ? url.pathname : "";
}

/** The text (and customer) that a link asks to be written into the input, or null. */
function draftOf(url) {
  if (url.origin === location.origin && url.pathname === "/chat/oa") {
    return { userId: url.searchParams.get("user"), text: url.searchParams.get("text") ?? "" };
  }
  if (!lineCommand(url).startsWith("/R/oaMessage/")) return null;
  // the whole query is the text; read as a value so that a stray "%" cannot fail
  const text = new URLSearchParams(`text=${url.search.slice(1).replaceAll("&", "%26").replaceAll("+", "%2B")}`);
  return { userId: null, text: text.get("text") };
}

/** Do what the action says. */
export async function perform(action, phone) {
  switch (action.type) {
    case "message":
      return phone.sendText(action.text);
    case "postback":
      return performPostback(action, phone);
    case "clipboard":
      return phone.toast((await copyText(action.clipboardText)) ? "已複製" : "瀏覽器不允許複製");
    case "datetimepicker":
      return pickDate(action, phone);
    case "richmenuswitch":
      return phone.switchRichMenu(action);
    case "location": {
      const place = await askPlace(phone.root);
      return place && phone.sendLocation(place);
    }
    default: // camera, cameraRoll
      return phone.send(sendPhoto);
  }
}

async function performPostback(action, phone) {
  const { data, displayText, text, inputOption, fillInText } = action;
  if (inputOption === "openKeyboard") phone.composer.fill(fillInText ?? "");
  if (inputOption === "openRichMenu") phone.richMenu.fold(false);
  if (inputOption === "closeRichMenu") phone.richMenu.fold(true);
  if (inputOption === "openVoice") phone.toast("手機上這裡會打開語音輸入");
  if (text) await phone.sendText(text); // deprecated by LINE, but it still sends a message of the customer's
  return phone.sendPostback(displayText ? { data, displayText } : { data });
}

async function pickDate(action, phone) {
  const chosen = await askDate(phone.root, action);
  return chosen && phone.sendPostback({ data: action.data, params: { [action.mode]: chosen } });
}
