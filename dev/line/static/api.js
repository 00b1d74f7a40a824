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

const userPath = (userId, what) => `/chat/users/${encodeURIComponent(userId)}/${what}`;

export const readState = () => request("/chat/state");
export const addUser = (name) => postJson("/chat/users", { name });

/** Wait until something after `after` happens in this chat, `wait` seconds at most. */
export function readTimeline(userId, after, wait) {
  return request(userPath(userId, `timeline?after=${after}&wait=${wait}`), {}, wait * 1000 + TIME_LIMIT_MS);
}

export const sendText = (userId, text) => postJson(userPath(userId, "text"), { text });
export const sendPostback = (userId, postback) => postJson(userPath(userId, "postback"), postback);
export const sendSticker = (userId, sticker) => postJson(userPath(userId, "sticker"), sticker);
export const sendLocation = (userId, place) => postJson(userPath(userId, "location"), place);
/** Send a photo: the platform keeps one of its own that stands for every picture a customer takes. */
export const sendPhoto = (userId) => postJson(userPath(userId, "image"));

export const follow = (userId) => postJson(userPath(userId, "follow"));
export const unfollow = (userId) => postJson(userPath(userId, "unfollow"));
export const unsend = (userId, messageId) => postJson(userPath(userId, "unsend"), { messageId });
