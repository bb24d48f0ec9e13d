/** How parts of a plan are worded. */
import { renderOrigin } from "../../config/diagnostics/render.ts";
import { printable } from "../../config/diagnostics/wording.ts";
import type { Origin } from "../../config/model.ts";
import type { Counts } from "../difference/ask-both.ts";
import type { Value } from "../structure/change.ts";

/** `1,204 requests`, `1 request`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** `1,204 requests and 3 boundary cases` */
export function countsText({ traffic, boundary }: Readonly<Counts>): string {
  const parts = [
    ...(traffic > 0 ? [countText(traffic, "request")] : []),
    ...(boundary > 0 ? [countText(boundary, "boundary case")] : []),
  ];
  return parts.length === 0 ? "nothing" : parts.join(" and ");
}

export function valueText(value: Value | null): string {
  return value === null ? "none" : shown(value.text);
}

/** `old.yaml:4:9, new.yaml:4:9`: as far as there are places, and each once. */
export function placesText(...origins: readonly (Origin | null)[]): string {
  const places = origins.flatMap((origin) => (origin === null ? [] : [renderOrigin(origin)]));
  return [...new Set(places)].join(", ");
}

/** Cut to what a line holds, and harmless for a terminal. */
export function shown(text: string): string {
  return printable(text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
}

const LONGEST = 160;
