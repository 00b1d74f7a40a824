// What the page asks of the platform. Everything is on the page's own origin.

/** The platform refused or could not be reached; the message is fit to be shown. */
export class ApiError extends Error {}

const TIME_LIMIT_MS = 15_000;

async function request(path, options = {}, limit = TIME_LIMIT_MS) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), limit);
  try {
    const response = await fetch(path, { ...options, signal: stop.signal, cache: "no-store" });
    const body = await response.json().catch(() => ({}));
    if (!response.ok) throw new ApiError(body.message || `平台回覆 ${response.status}`);
    return body;
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(error.name === "AbortError" ? "平台太久沒有回應" : "連不到平台，確認它還在執行");
  } finally {
    clearTimeout(timer);
  }
}

const postJson = (path, body = {}) =>
  request(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const readState = () => request("/chat/state");
export const addUser = (name) => postJson("/chat/users", { name });
export const addGroup = (group) => postJson("/chat/groups", group);

// A chat is { path, speaker }: the address of a customer's or a group's, and who acts there (null: its customer).

/** Wait until something after `after` happens in this chat, `wait` seconds at most. */
export function readTimeline({ path }, after, wait) {
  return request(`${path}/timeline?after=${after}&wait=${wait}`, {}, wait * 1000 + TIME_LIMIT_MS);
}

const act = ({ path, speaker }, deed, body = {}) =>
  postJson(`${path}/${deed}`, speaker ? { userId: speaker, ...body } : body);

export const sendText = (chat, text) => act(chat, "text", { text });
export const sendPostback = (chat, postback) => act(chat, "postback", postback);
export const sendSticker = (chat, sticker) => act(chat, "sticker", sticker);
export const sendLocation = (chat, place) => act(chat, "location", place);
/** Send a photo: the platform keeps one of its own that stands for every picture a customer takes. */
export const sendPhoto = (chat) => act(chat, "image");

export const follow = (chat) => act(chat, "follow");
export const unfollow = (chat) => act(chat, "unfollow");
/** Take back a message; in a group, as the one who wrote it. */
export const unsend = (chat, messageId, userId) => act(chat, "unsend", { messageId, userId });

export const inviteBot = (chat) => act(chat, "invite");
export const expelBot = (chat) => act(chat, "leave");
export const admit = (chat, userId) => act(chat, "admit", { userId });
export const part = (chat, userId) => act(chat, "part", { userId });
