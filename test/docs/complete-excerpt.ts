/**
 * Documentation shows the part of a configuration that a page is about. Around it comes what a whole one needs, so that an
 * example is checked as it is printed: whoever copies it gets what the page says.
 */
import { parse, stringify } from "yaml";

type Fields = Record<string, unknown>;

/** @param before the example above it on the page: `tests` alone are about that one */
export function completeExcerpt(excerpt: string, before: string | null): string {
  const own = parse(excerpt) as Fields;
  const fields = Object.keys(own).join() === "tests" && before !== null ? { ...parse(before), ...own } : own;
  const document = isDocument(fields) ? fields : around(fields);
  const routes = asList(document.routes ?? document.spec);
  const listeners = { ...listenersNamed(routes), ...(document.listeners as Fields) };
  const upstreams = { ...upstreamsNamed(routes), ...(document.upstreams as Fields) };
  const whole = { ...document, listeners, upstreams };
  return stringify(routes.length > 0 ? whole : { ...whole, routes: routesFor(whole) });
}

/** Variables and files that an example refers to, each with something that is long enough for a secret. */
export function environmentOf(excerpt: string): Record<string, string> {
  return Object.fromEntries([...excerpt.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name]) => [name!, FILLER]));
}

export function filesOf(excerpt: string): Record<string, string> {
  return Object.fromEntries([...excerpt.matchAll(/\$\{file:([^}]+)\}/g)].map(([, path]) => [path!, FILLER]));
}

function isDocument(fields: Fields): boolean {
  return Object.keys(fields).every((key) => DOCUMENT_KEYS.has(key));
}

/** What is a part of an upstream, or else of a route. */
function around(fields: Fields): Fields {
  if ("balance" in fields) return { upstreams: { api: { targets: [TARGET], ...fields } } };
  const goesTo = "upstream" in fields ? {} : { targets: [TARGET] };
  return { routes: [{ listen: 8080, path: "/", ...goesTo, ...fields }] };
}

function listenersNamed(routes: readonly Fields[]): Fields {
  const names = routes.flatMap(({ listen }) => listen as unknown).filter((each) => each === "web");
  if (names.length === 0) return {};
  // Where all is passed on, nothing is decrypted.
  const tls = routes.every(({ kind }) => kind === "tls") ? {} : { tls: TLS };
  return { web: { address: "127.0.0.1:8443", ...tls } };
}

function upstreamsNamed(routes: readonly Fields[]): Fields {
  const names = routes.flatMap(({ upstream, split, mirror }) => [
    ...asList(upstream),
    ...Object.keys((split as { to?: Fields } | undefined)?.to ?? {}),
    ...asList((mirror as { upstream?: unknown } | undefined)?.upstream),
  ]);
  return Object.fromEntries(names.map((name) => [String(name), { targets: [TARGET] }]));
}

/** To every upstream, at every listener. */
function routesFor({ listeners, upstreams, tls }: Fields): Fields[] {
  const at = Object.keys(listeners as Fields);
  const listen = at.length > 0 ? at : [tls === undefined ? 8080 : 8443];
  const named = Object.keys(upstreams as Fields);
  if (named.length === 0) return [{ listen, path: "/", targets: [TARGET] }];
  return named.map((upstream) => ({ listen, path: `/${upstream}`, upstream }));
}

function asList(value: unknown): Fields[] {
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]) as Fields[];
}

const TARGET = "127.0.0.1:3000";
const TLS = { certificates: [{ cert: "shop.crt", key: "shop.key" }] };
const FILLER = "mzx4k2q9t7w1b8c3v6n5h0j2l4p8r1s9";
const DOCUMENT_KEYS = new Set([
  ...["name", "include", "settings", "listeners", "upstreams", "routes", "spec", "tls", "tests"],
]);
