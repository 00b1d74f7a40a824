// Small sheets that ask something: a date, a place, who is in a group. Each resolves to the answer or null.

import { el } from "./dom.js";

const INPUT_TYPES = { date: "date", time: "time", datetime: "datetime-local" };

/** Places that stand in for the phone's own map. */
const PLACES = [
  { title: "臺北車站", address: "100 臺北市中正區北平西路3號", latitude: 25.0478, longitude: 121.517 },
  { title: "臺中國家歌劇院", address: "407 臺中市西屯區惠來路二段101號", latitude: 24.1627, longitude: 120.6403 },
  { title: "駁二藝術特區", address: "803 高雄市鹽埕區大勇路1號", latitude: 22.6201, longitude: 120.2816 },
];

/** Ask with the browser's own picker for what a datetimepicker action wants ("2026-01-31T08:30" has no zone). */
export function askDate(parent, { mode, initial, min, max, label }) {
  const type = INPUT_TYPES[mode];
  const input = el("input", { type, value: plain(initial), min: plain(min), max: plain(max), required: true });
  input.setAttribute("aria-label", label ?? "選擇日期");
  const body = [el("p", {}, label ?? "選擇日期"), input];
  return ask(parent, body, "確定", () => (input.reportValidity() ? input.value : undefined));
}

/** LINE also writes "2026-01-31t08:30"; the browser wants a capital T. */
const plain = (value) => value?.replace("t", "T");

export function askPlace(parent) {
  const options = PLACES.map((place, index) => el("option", { value: index }, place.title));
  const list = el("select", { "aria-label": "位置" }, ...options);
  return ask(parent, [el("p", {}, "傳送位置"), list], "傳送", () => PLACES[list.value]);
}

/** Ask for a group's name, its kind and its members, two at least. */
export function askGroup(parent, users) {
  const name = el("input", { "aria-label": "群組名稱", value: "團購群", required: true, maxlength: 50 });
  const kind = el("select", { "aria-label": "種類" }, el("option", { value: "group" }, "群組"), el("option", { value: "room" }, "多人聊天室"));
  const boxes = users.map((user, index) => el("input", { type: "checkbox", value: user.userId, checked: index < 2 }));
  const rows = users.map((user, index) => el("label", { class: "sheet-row" }, boxes[index], user.name));
  const body = [el("p", {}, "新群組，官方帳號也在裡面"), name, kind, el("div", { class: "sheet-rows" }, ...rows)];
  return ask(parent, body, "建立", () => {
    const members = boxes.filter((box) => box.checked).map((box) => box.value);
    boxes[0]?.setCustomValidity(members.length < 2 ? "至少要兩個人" : "");
    return name.reportValidity() && boxes[0]?.reportValidity() ? { name: name.value, kind: kind.value, members } : null;
  });
}

function ask(parent, body, yes, read) {
  return new Promise((resolve) => {
    const dialog = el(
      "dialog",
      { class: "sheet" },
      el("form", { method: "dialog", onsubmit: submit }, ...body, el(
        "div",
        { class: "sheet-buttons" },
        el("button", { type: "button", onclick: () => dialog.close() }, "取消"),
        el("button", { type: "submit", class: "yes" }, yes),
      )),
    );
    let answer = null;
    function submit(event) {
      event.preventDefault();
      answer = read() ?? null;
      if (answer !== null) dialog.close();
    }
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    parent.append(dialog);
    dialog.showModal();
  });
}
