/** `upstreams` and `targets`: where requests go. */
import { z } from "zod";
import { err, ok, type Result } from "../../base/result.ts";
import type { TargetModel, UpstreamModel } from "../model.ts";
import { parseHost } from "../values/host-name.ts";
import {
  parseTargetAddress,
  parseTargetSocket,
  type TargetAddress,
  targetPort,
} from "../values/target-address.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { balance, STANDARD_BALANCE } from "./balance.ts";
import { discover } from "./discover.ts";
import { health } from "./health.ts";
import { noted } from "./notes.ts";
import { OTHER_PROTOCOLS } from "./other-words.ts";
import { breaker, NO_BREAKER, outliers, STANDARD_OUTLIERS } from "./protection.ts";
import { upstreamTls } from "./tls.ts";
import { about, choice, converted, count, freeText, onOff, textOf } from "./values.ts";

export type TargetInput = Omit<TargetModel, "origin">;

const TARGET_FORMS = 'a target such as `"10.0.0.1:3000"` or `{ host: 10.0.0.1, port: 3000 }`';

const targetMap = noted(
  z.strictObject({
    host: noted(z.string(), { expects: "a host name or an IP address" })
      .optional()
      .describe("Name or IP address."),
    port: noted(z.int(), { expects: "a port from 1 to 65535" }).optional().describe("1 to 65535."),
    unix: noted(z.string(), { expects: "a path" })
      .optional()
      .describe("A Unix socket, instead of host and port."),
    tls: onOff().prefault(false).describe("Speak TLS to it, as `https://` and `tls://` do."),
    weight: count(0, 65_535).prefault(1).describe("Share of the requests; 0 drains the target."),
    priority: count(0, 1000)
      .prefault(0)
      .describe("Its tier: a higher number is used when too little of the lower ones is healthy."),
    zone: freeText("the name of a zone")
      .optional()
      .meta(about("Where it is; see `zone` of `balance`.", "eu-1a")),
  }),
  { called: "a target" },
);

const target = noted(
  z
    .union([
      textOf(TARGET_FORMS, (text): Result<TargetInput, ValueFault> => {
        const address = parseTargetAddress(text);
        return address.ok ? ok({ address: address.value, weight: 1, priority: 0, zone: null }) : address;
      }),
      converted(targetMap, targetOfMap),
    ])
    .meta({ id: "target" }),
  { expects: TARGET_FORMS },
);

export const targets = noted(
  converted(z.array(target).meta({ minItems: 1 }), (list): Result<TargetInput[], ValueFault> => {
    return list.length > 0 ? ok(list) : fault("upstream.no_targets", "the list of targets is empty");
  }),
  { expects: "a list of targets" },
);

/** Targets that were found while running, checked as those in a file are: all of them, or what is wrong with one. */
export function targetsOf(list: readonly unknown[]): Result<TargetInput[], string> {
  const parsed = z.array(target).safeParse(list);
  if (parsed.success) return ok(parsed.data);
  const { path, message } = parsed.error.issues[0]!;
  return err(
    `target ${Number(path[0]) + 1}${path.length > 1 ? ` (${path.slice(1).join(".")})` : ""}: ${message}`,
  );
}

export const protocol = noted(choice(["http1", "h2", "auto"]), { meant: OTHER_PROTOCOLS });
export const PROTOCOL =
  "What its targets speak: `http1` (default), or `h2` for HTTP/2, agreed on in the handshake where there is TLS and known beforehand where there is none; many requests share few connections. `auto`: what a target with TLS chooses, and HTTP/1.1 in the clear.";

/** What an upstream may say of its targets, and a route of its own. */
export const groupKeys = {
  balance: balance.optional().meta(
    about("How a target is chosen; the less busy of two (`p2c`) unless set.", "least_requests", {
      policy: "hash",
      by: "header",
      name: "x-user",
    }),
  ),
  health: health.optional().meta(
    about("How targets are looked at, whether they work; they are not unless set.", {
      path: "/healthz",
      every: "5s",
    }),
  ),
  outliers: outliers.optional().meta(
    about("When targets are taken out for how they answer; after 5 failures in a row unless set.", {
      errors: "30%",
      latency: 3,
    }),
  ),
  breaker: breaker.optional().meta(
    about("How much is let through at all; no limit unless set.", {
      requests_per_target: 50,
      queue: 200,
      errors: "50%",
    }),
  ),
};

export type GroupInput = {
  readonly [K in keyof typeof groupKeys]?: z.output<(typeof groupKeys)[K]> | undefined;
} & { readonly protocol?: UpstreamModel["protocol"] | undefined };

/** With every default in place. */
export function groupSettings({ balance, protocol, health, outliers, breaker }: GroupInput): GroupSettings {
  return {
    balance: balance ?? STANDARD_BALANCE,
    protocol: protocol ?? "http1",
    health: health ?? null,
    outliers: outliers === undefined ? STANDARD_OUTLIERS : outliers,
    breaker: breaker ?? NO_BREAKER,
  };
}

export const GROUP_KEYS = Object.keys(groupKeys) as readonly (keyof typeof groupKeys)[];

export type GroupSettings = Omit<UpstreamModel, "name" | "targets" | "tls" | "discover" | "origin">;

export const upstreamSchema = noted(
  z.strictObject({
    targets: targets
      .optional()
      .meta(
        about("Where requests may go; beside `discover` what is found comes to them.", [
          "10.0.0.1:3000",
          "https://api.internal",
          "unix:/run/app.sock",
        ]),
      ),
    discover: discover
      .optional()
      .meta(
        about(
          "Where targets are found while the proxy runs.",
          { dns: { name: "api.internal", port: 3000 } },
          { file: { path: "/etc/portward/api.yaml" }, keep: "1h" },
        ),
      ),
    ...groupKeys,
    protocol: protocol.prefault("http1").meta(about(PROTOCOL, "h2")),
    tls: upstreamTls
      .optional()
      .meta(about("For targets that begin with `https://` or `tls://`.", { ca: "/etc/tls/internal-ca.crt" })),
  }),
  { called: "an upstream" },
);

type TargetMap = z.output<typeof targetMap>;

function targetOfMap(map: TargetMap): Result<TargetInput, ValueFault> {
  const address = map.unix === undefined ? addressOfMap(map) : socketOfMap(map, map.unix);
  return address.ok
    ? ok({
        address: address.value,
        weight: map.weight,
        priority: map.priority,
        zone: map.zone ?? null,
      })
    : address;
}

function addressOfMap({ host, port, tls }: TargetMap): Result<TargetAddress, ValueFault> {
  if (host === undefined) return fault("config.missing_key", "a target has no `host`", null, ["host"]);
  const name = parseHost(host);
  if (!name.ok) return fault("value.target", name.error.message, name.error.suggestion, ["host"]);
  if (port === undefined) return fault("config.missing_key", "a target has no `port`", null, ["port"]);
  const checked = targetPort(String(port));
  if (!checked.ok) return fault(checked.error.code, checked.error.message, null, ["port"]);
  return ok({ kind: "tcp", host: name.value, port: checked.value, ...(tls ? { tls: true as const } : {}) });
}

function socketOfMap({ host, port, tls }: TargetMap, path: string): Result<TargetAddress, ValueFault> {
  if (tls) return fault("config.not_applicable", "there is no TLS over a Unix socket", null, ["tls"]);
  if (host !== undefined || port !== undefined) {
    return fault("config.conflict", "a target has either `unix`, or `host` and `port`", null, ["unix"]);
  }
  const socket = parseTargetSocket(path);
  return socket.ok ? socket : fault(socket.error.code, socket.error.message, null, ["unix"]);
}
