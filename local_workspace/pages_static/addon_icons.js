// The built-in icons of cards as simple drawings, and pictures as far as the page may show them.
import { el, svg } from "./dom.js";

const PATHS = {
  BOOKMARK: "M6 3h8v14l-4-3-4 3z",
  CLOCK: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zm0 3v4l3 2",
  CONFIRMATION_NUMBER_ICON: "M3 6h14v3a1.5 1.5 0 0 0 0 3v3H3v-3a1.5 1.5 0 0 0 0-3zm8 0v9",
  DESCRIPTION: "M5 3h7l3 3v11H5zm2 6h6m-6 3h6",
  DOLLAR: "M13 6.5C12 5.5 7 5 7 8c0 3 6 1.5 6 4.5 0 3-5 2.5-6 1.5M10 3v14",
  EMAIL: "M3 5h14v10H3zm0 0 7 6 7-6",
  EVENT_SEAT: "M6 3h8v8H6zm-2 5v6h12V8M6 14v3m8-3v3",
  INVITE: "M4 5h12v12H4zm0 4h12M7 3v3m6-3v3m-3 5v4m-2-2h4",
  MAP_PIN: "M10 17s-5-5.5-5-9a5 5 0 0 1 10 0c0 3.5-5 9-5 9zm0-7a2 2 0 1 0 0-4 2 2 0 0 0 0 4",
  MEMBERSHIP: "M3 5h14v10H3zm0 3h14M6 12h4",
  MULTIPLE_PEOPLE: "M7.5 9a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM3 16c0-3 2-5 4.5-5S12 13 12 16m1.5-7a2 2 0 1 0 0-4m0 6c2 0 3.5 2 3.5 5",
  OFFER: "M3 10V3h7l7 7-7 7zm3.5-3.5h.1",
  PERSON: "M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 17c0-3.5 2.5-5.5 6-5.5s6 2 6 5.5",
  PHONE: "M5 3l3 1 1 4-2 1.5c1 2 2 3 4 4L12.5 11.5l4 1 .5 3c-1 1.5-2 1.5-3 1.5C9 16 4 11 3.5 6 3.5 4.5 4 3.5 5 3z",
  STAR: "m10 3 2.200 4.600 5 .6-3.700 3.400 1 5L10 14.200 5.5 16.600l1-5L2.800 8.200l5-.6z",
  STORE: "M3 8l1.5-4h11L17 8zm1.5 0v8h11V8",
  VIDEO_CAMERA: "M3 6h10v8H3zm10 3 4-2v6l-4-2",
  VIDEO_PLAY: "M7 5l8 5-8 5z",
};
const OTHER = "M10 4a6 6 0 1 0 0 12 6 6 0 0 0 0-12z";

/** Only what comes from here or is written in the card itself: nothing is asked of another computer. */
function shown(url) {
  if (/^data:image\//i.test(url)) return true;
  try {
    return new URL(url, window.location.href).origin === window.location.origin;
  } catch {
    return false;
  }
}

export function picture(url, label, kind = "") {
  if (url && shown(url)) return el("img", { class: kind, src: url, alt: label ?? "" });
  return el("span", { class: `${kind} no-picture`, role: "img", "aria-label": label || "Picture" }, label || "Picture");
}

export function icon(one) {
  if (!one) return null;
  const label = one.altText ?? "";
  if (one.iconUrl) return picture(one.iconUrl, label, `icon ${one.imageType === "CIRCLE" ? "round" : ""}`);
  if (!one.knownIcon) return null;
  const words = label || one.knownIcon.toLowerCase().replaceAll("_", " ").replace(/ icon$/, "");
  const node = el("span", { class: "icon", role: "img", "aria-label": words });
  node.append(svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, svg("path", { d: PATHS[one.knownIcon] ?? OTHER })));
  return node;
}
