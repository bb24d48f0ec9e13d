/**
 * Paths that a foreign file writes as plain text, into the forms of a native route: what means something in a
 * template is percent-encoded, what means something in a pattern is escaped.
 */

/** For servers that compare decoded paths: `%`, `?`, `#` and braces are text to them. */
export function templateText(decoded: string): string {
  return decoded.replace(/[%?#{}]/g, (character) => `%${hex(character)}`);
}

/** A path as it stands in a template, as a pattern that matches exactly this text. */
export function patternText(text: string): string {
  return encodeOutsiders(text).replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");
}

/** Literal text for the right side of a regex rewrite. */
export function replacementText(text: string): string {
  return text.replaceAll("$", "$$$$");
}

/** Requests are matched percent-encoded, and patterns are not brought into that form by routing. */
function encodeOutsiders(text: string): string {
  return text.replace(/[^\x21-\x7e]+/g, (outsiders) => encodeURIComponent(outsiders.toWellFormed()));
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0");
}
