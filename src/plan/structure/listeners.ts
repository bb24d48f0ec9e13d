/** Listeners that came, went or speak something else. Names play no part: the address is what a client knows. */
import type { ListenerModel } from "../../config/model.ts";
import { formatAddress } from "../../config/values/listen-address.ts";
import type { Side } from "../side.ts";
import { socketOf } from "../socket.ts";
import {
  type Aspect,
  type AspectSource,
  aspectChanges,
  canonicalJson,
  otherAspects,
  plainText,
  snakeCase,
} from "./aspects.ts";
import type { Item, ItemChange } from "./change.ts";

export function compareListeners(before: Side, after: Side): ItemChange[] {
  const [old, fresh] = [byKey(before), byKey(after)];
  const kept = [...fresh].flatMap(([key, listener]): ItemChange[] => {
    const was = old.get(key);
    if (was === undefined) return [{ kind: "added", after: itemOf(listener) }];
    const values = aspectChanges(aspectsOf(was, before), aspectsOf(listener, after));
    return values.length === 0
      ? []
      : [{ kind: "changed", before: itemOf(was), after: itemOf(listener), values }];
  });
  const gone = [...old].filter(([key]) => !fresh.has(key));
  return [...kept, ...gone.map(([, each]): ItemChange => ({ kind: "removed", before: itemOf(each) }))];
}

function byKey({ configuration }: Side): Map<string, ListenerModel> {
  return new Map(configuration.listeners.map((listener) => [socketOf(listener).key, listener]));
}

function itemOf({ name, address, protocol, origin }: ListenerModel): Item {
  const at = formatAddress(address);
  return { name, summary: name === at ? protocol : `${protocol} at ${at}`, origin };
}

function aspectsOf(listener: ListenerModel, { provenance }: Side): Aspect[] {
  const source = (name: string) => provenance.listener(listener.name, name);
  const { protocol } = listener;
  return [
    {
      name: "protocol",
      key: protocol,
      text: protocol,
      source: () => ({ from: "route", origin: listener.origin }),
    },
    ...tlsAspects(listener),
    ...otherAspects(listener, WITH_WORDS, source),
  ];
}

/** Each key of `tls` by itself. What is in the files, and what opens them, is no part of a configuration's meaning. */
function tlsAspects({ tls }: ListenerModel): Aspect[] {
  const { certificates = [], origin = null, ...rest } = tls ?? {};
  const source = (): AspectSource => ({ from: tls === null ? "default" : "listener", origin });
  // What this machine certifies follows from the routes.
  const named = certificates.filter(({ source }) => source !== "internal");
  const files = named.map(({ cert, key }) => ({ cert, key }));
  const text = files.map(({ cert }) => cert).join(", ");
  return [
    { name: "tls", key: tls === null ? "off" : "on", text: tls === null ? "off" : "on", source },
    ...(tls === null ? [] : [{ name: "tls.certificates", key: canonicalJson(files), text, source }]),
    ...Object.entries(rest).map(([key, value]) => ({
      name: `tls.${snakeCase(key)}`,
      key: canonicalJson(value),
      text: plainText(value),
      source,
    })),
  ];
}

const WITH_WORDS: ReadonlySet<string> = new Set(["name", "address", "protocol", "tls", "origin"]);
