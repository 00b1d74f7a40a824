// A picture with tappable areas: rich menus and imagemaps.

import { control } from "./actions.js";
import { el, picture } from "./dom.js";

/**
 * `size` and the `bounds` of the areas share one unit; the picture takes the width it is given.
 * An area without a picture under it shows its label, so that a menu can be used before it is painted.
 */
export function hotspots(imageUrl, alt, size, areas, phone, place) {
  const root = el("div", { class: imageUrl ? "hotspots" : "hotspots hotspots-bare" });
  root.style.setProperty("aspect-ratio", `${size.width} / ${size.height}`);
  if (imageUrl) root.append(picture(imageUrl, alt, "cover"));
  const percent = (part, whole) => `${((100 * part) / whole).toFixed(4)}%`;
  for (const { bounds, action } of areas) {
    const label = action?.label || action?.text || action?.data || action?.uri || "區域";
    const spot = control(action, phone, { place, class: "hotspot", "aria-label": label }, imageUrl ? "" : label);
    spot.style.left = percent(bounds.x, size.width);
    spot.style.top = percent(bounds.y, size.height);
    spot.style.width = percent(bounds.width, size.width);
    spot.style.height = percent(bounds.height, size.height);
    root.append(spot);
  }
  return root;
}
