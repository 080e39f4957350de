// Colours of the API as CSS. A theme colour is looked up in the workbook's own theme.

const DEFAULT_THEME = {
  TEXT: "#000000",
  BACKGROUND: "#ffffff",
  ACCENT1: "#4285f4",
  ACCENT2: "#ea4335",
  ACCENT3: "#fbbc04",
  ACCENT4: "#34a853",
  ACCENT5: "#ff6d01",
  ACCENT6: "#46bdc6",
  LINK: "#1155cc",
};

export function css(colour) {
  if (!colour) return null;
  const part = (value) => Math.round(255 * (value ?? 0));
  return `rgb(${part(colour.red)} ${part(colour.green)} ${part(colour.blue)})`;
}

/** A ColorStyle, or failing that the older Color beside it. */
export function styleCss(style, colour) {
  if (style?.rgbColor) return css(style.rgbColor);
  if (style?.themeColor) return DEFAULT_THEME[style.themeColor] ?? null;
  return css(colour);
}

export function isWhite(text) {
  return text === null || text === "rgb(255 255 255)" || text === "#ffffff";
}

// Series without a colour of their own. Each stands 3:1 against white and apart from its neighbours in lightness.
export const PALETTE = ["#2f6690", "#c2571a", "#3d8168", "#8a4f9e", "#a3762a", "#5b6b7b", "#b03a5b", "#1f8a9c"];
