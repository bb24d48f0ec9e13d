/**
 * A thing of the configuration as named values that can be compared one by one. What makes two values the same is
 * their key; the text is for people, and the place is looked up only when there is a difference to tell.
 */
import type { ValueSource } from "../../config/provenance.ts";
import { originOf } from "../../config/source/source-text.ts";
import type { Value, ValueChange } from "./change.ts";

export interface Aspect {
  readonly name: string;
  readonly key: string;
  readonly text: string;
  readonly source: () => AspectSource;
}

export type AspectSource = Pick<Value, "from" | "origin">;

/** Who set a value, and where. */
export function sourceOf({ from, node }: ValueSource): AspectSource {
  return { from, origin: node === null ? null : originOf(node) };
}

/** In the order in which the names appear, first those that were there before. */
export function aspectChanges(before: readonly Aspect[], after: readonly Aspect[]): ValueChange[] {
  const [old, fresh] = [byName(before), byName(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((name) => {
    const [was, is] = [old.get(name), fresh.get(name)];
    if (was?.key === is?.key) return [];
    return [{ name, before: asValue(was), after: asValue(is) }];
  });
}

/** The same whatever the order in which its keys were written, and wherever it stands. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (key === "origin") return undefined;
    if (inner === Number.POSITIVE_INFINITY) return "infinite";
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/**
 * What a model has beyond the keys that have words of their own here. Whoever adds a key to the model gets a
 * comparison of it, if a plain one.
 */
export function otherAspects(
  model: object,
  known: ReadonlySet<string>,
  source: (name: string) => ValueSource,
): Aspect[] {
  return Object.entries(model)
    .filter(([key]) => !known.has(key))
    .map(([key, value]) => {
      const name = snakeCase(key);
      return {
        name,
        key: canonicalJson(value) ?? "",
        text: plainText(value),
        source: () => sourceOf(source(name)),
      };
    });
}

export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function plainText(value: unknown): string {
  return typeof value === "string" ? value : (canonicalJson(value) ?? "none");
}

function byName(aspects: readonly Aspect[]): Map<string, Aspect> {
  return new Map(aspects.map((aspect) => [aspect.name, aspect]));
}

function asValue(aspect: Aspect | undefined): Value | null {
  if (aspect === undefined) return null;
  return { text: aspect.text, ...aspect.source() };
}
