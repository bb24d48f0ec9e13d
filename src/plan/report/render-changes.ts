/** The differences of two configurations as people read them: what came (+), went (-) and changed (~), with places. */
import type { ConfigurationChanges, ItemChange, OrderChange, ValueChange } from "../structure/change.ts";
import { countText, placesText, shown, valueText } from "./words.ts";

/** Paragraphs, routes first. */
export function renderChanges({
  routes,
  order,
  upstreams,
  listeners,
  settings,
}: ConfigurationChanges): string[] {
  return [
    ...itemSection("Routes", routes),
    ...section("Order", order.map(orderRows)),
    ...itemSection("Upstreams", upstreams),
    ...itemSection("Listeners", listeners),
    ...section(
      "Settings",
      settings.map((change) => [valueRow("  ~ ", change)]),
    ),
  ];
}

interface Row {
  readonly text: string;
  readonly places: string;
}

function itemSection(title: string, changes: readonly ItemChange[]): string[] {
  if (changes.length === 0) return [];
  const counts = (["added", "removed", "changed"] as const).flatMap((kind) => {
    const count = changes.filter((change) => change.kind === kind).length;
    return count === 0 ? [] : [`${count.toLocaleString("en")} ${kind}`];
  });
  return section(`${title}: ${counts.join(", ")}`, merged(changes).map(itemRows));
}

function section(title: string, blocks: readonly (readonly Row[])[]): string[] {
  if (blocks.length === 0) return [];
  const rows = blocks.slice(0, SHOWN_BLOCKS).flat();
  const width = Math.min(WIDEST, Math.max(...rows.map(({ text }) => text.length)));
  const lines = rows.map(({ text, places }) => `${text.padEnd(width)}  ${places}`.trimEnd());
  const rest = blocks.length - SHOWN_BLOCKS;
  if (rest > 0) lines.push(`  and ${rest.toLocaleString("en")} more, which --json tells`);
  return [[title, ...lines].join("\n")];
}

interface MergedChange {
  readonly change: ItemChange;
  /** Names of others that changed in the same way. */
  readonly others: readonly string[];
}

/** A value that a thousand routes set alike is one line, not a thousand. */
function merged(changes: readonly ItemChange[]): MergedChange[] {
  const groups = Map.groupBy(changes, (change) => {
    if (change.kind !== "changed") return change;
    return JSON.stringify(change.values.map(({ name, before, after }) => [name, before?.text, after?.text]));
  });
  return [...groups.values()].map(([change, ...others]) => ({ change: change!, others: others.map(nameOf) }));
}

function nameOf(change: ItemChange): string {
  return change.kind === "removed" ? change.before.name : change.after.name;
}

function itemRows({ change, others }: MergedChange): Row[] {
  switch (change.kind) {
    case "added": {
      const { name, summary, origin } = change.after;
      return [{ text: `  + ${name}  ${shown(summary)}`, places: placesText(origin) }];
    }
    case "removed": {
      const { name, summary, origin } = change.before;
      return [{ text: `  - ${name}  ${shown(summary)}`, places: placesText(origin) }];
    }
    case "changed": {
      const { before, after, values } = change;
      const was = before.name === after.name ? "" : ` (was ${before.name})`;
      return [
        {
          text: `  ~ ${after.name}${was}  ${shown(after.summary)}`,
          places: placesText(before.origin, after.origin),
        },
        ...values.map((value) => valueRow("      ", value)),
        ...(others.length === 0 ? [] : [{ text: `      ${alsoText(others)}`, places: "" }]),
      ];
    }
  }
}

function alsoText(others: readonly string[]): string {
  const names = others.slice(0, SHOWN_OTHERS).join(", ");
  const rest = others.length - SHOWN_OTHERS;
  const more = rest > 0 ? ` and ${rest.toLocaleString("en")} more` : "";
  return `likewise ${countText(others.length, "other")}: ${names}${more}`;
}

function valueRow(indent: string, { name, before, after }: ValueChange): Row {
  const text = `${indent}${name}  ${valueText(before)} becomes ${valueText(after)}`;
  return { text, places: placesText(before?.origin ?? null, after?.origin ?? null) };
}

function orderRows({ first, second, example }: OrderChange): Row[] {
  const both = example === null ? "a request may fit both" : `both fit ${shown(example)}`;
  return [
    {
      text: `  ~ ${first.name} now comes before ${second.name}: ${both}`,
      places: placesText(first.origin, second.origin),
    },
  ];
}

const SHOWN_BLOCKS = 50;
const SHOWN_OTHERS = 8;
/** Places of longer rows follow them where they end. */
const WIDEST = 72;
