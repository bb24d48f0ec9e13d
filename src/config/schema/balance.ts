/** `balance`: how a target is chosen, by one word or, with settings, by a map. */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import type { KeySource } from "../../upstream/balancer/balancer.ts";
import { SPREADING, type SpreadingName } from "../../upstream/balancer/index.ts";
import type { StickyCookie } from "../../upstream/balancer/sticky.ts";
import { didYouMean } from "../diagnostics/near-miss.ts";
import { oneOf, quoted } from "../diagnostics/wording.ts";
import type { BalanceModel } from "../model.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { noted } from "./notes.ts";
import { OTHER_POLICIES } from "./other-words.ts";
import { about, choice, converted, duration, freeText, onOff, share, textOf } from "./values.ts";

const spreading = Object.keys(SPREADING) as [SpreadingName, ...SpreadingName[]];
const POLICIES = [...spreading, "hash", "maglev", "sticky"] as const;
const FORMS = "a policy such as `p2c` or `{ policy: hash, by: source }`";

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: this is how people write it
const balanceMap = noted(
  z.strictObject({
    policy: noted(choice(POLICIES), { meant: OTHER_POLICIES }).prefault("p2c").describe("How one is chosen."),
    by: choice(["source", "header", "cookie", "query", "path"])
      .optional()
      .describe("`hash` and `maglev`: what like requests have in common."),
    name: textOf("a name", parseToken)
      .optional()
      .meta(about("Of the header, cookie or query parameter; of the cookie that `sticky` sets.", "x-user")),
    max_load: share(101, 10_000, "off")
      .optional()
      .meta(
        about("`hash`: how much of its share of the requests under way a target takes, or `off`.", "125%"),
      ),
    secret: noted(z.string().min(16), {
      expects: "a secret of at least 16 characters",
      freeText: true,
      secret: true,
    })
      .optional()
      .meta(
        about("`sticky`: signs the cookie; the same in all instances, and after a restart.", "${COOKIE_KEY}"),
      ),
    max_age: duration(1000)
      .optional()
      .describe("`sticky`: how long a client keeps the cookie; until it is closed unless set."),
    secure: onOff().optional().describe("`sticky`: the cookie is for https alone. `off` unless set."),
    fallback: choice(spreading)
      .optional()
      .describe(
        "`sticky`: the policy for clients without a cookie, or whose target is out; `p2c` unless set.",
      ),
    slow_start: duration()
      .optional()
      .describe("How long a target that is new or has come back takes to its full share."),
    failover_below: share(1, 100)
      .prefault("50%")
      .describe("A tier (`priority`) or zone of which less is healthy is not relied upon."),
    zone: freeText("the name of a zone")
      .optional()
      .meta(about("Where this proxy is: targets with that `zone` are preferred.", "eu-1a", "${ZONE}")),
  }),
  { called: "`balance`" },
);
const NO_SECRET = 'write `{ policy: sticky, secret: "${COOKIE_KEY}" }`';
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above

export const balance = noted(
  z
    .union([
      converted(z.string().meta({ enum: [...POLICIES] }), balanceOfWord),
      converted(balanceMap, balanceOfMap),
    ])
    .meta({ id: "balance" }),
  { expects: FORMS },
);

type BalanceMap = z.output<typeof balanceMap>;
type Scope = Pick<BalanceModel, "slowStartMs" | "failoverBelow" | "zone">;

const STANDARD = { slowStartMs: 0, failoverBelow: 0.5, zone: null } as const satisfies Scope;

export const STANDARD_BALANCE: BalanceModel = { policy: "p2c", ...STANDARD };

function balanceOfWord(word: string): Result<BalanceModel, ValueFault> {
  const policy = POLICIES.find((each) => each === word);
  if (policy !== undefined) return balanceOfMap({ policy, failover_below: STANDARD.failoverBelow });
  const message = `expected ${oneOf(POLICIES.map((each) => `\`${each}\``))}, found the text ${quoted(word)}`;
  const other = Object.hasOwn(OTHER_POLICIES, word) ? `here it is ${OTHER_POLICIES[word]}` : null;
  return fault("config.bad_value", message, other ?? didYouMean(word, POLICIES));
}

function balanceOfMap(map: BalanceMap): Result<BalanceModel, ValueFault> {
  const misplaced = misplacedKey(map);
  if (misplaced !== null) return misplaced;
  const scope = {
    slowStartMs: map.slow_start ?? 0,
    failoverBelow: map.failover_below,
    zone: map.zone ?? null,
  };
  const { policy } = map;
  if (policy === "sticky") return stickyOfMap(map, scope);
  if (policy !== "hash" && policy !== "maglev") return ok({ policy, ...scope });
  const by = sourceOfMap(map);
  if (!by.ok) return by;
  if (policy === "maglev") return ok({ policy, by: by.value, ...scope });
  return ok({ policy, by: by.value, maxLoad: map.max_load ?? STANDARD_MAX_LOAD, ...scope });
}

function stickyOfMap(map: BalanceMap, scope: Scope): Result<BalanceModel, ValueFault> {
  const { secret } = map;
  if (secret === undefined) {
    return fault("config.missing_key", "a sticky balance has no `secret` to sign its cookie with", NO_SECRET);
  }
  const cookie: StickyCookie = {
    name: map.name ?? STANDARD_COOKIE,
    secret,
    maxAgeMs: map.max_age ?? null,
    secure: map.secure ?? false,
  };
  return ok({ policy: "sticky", cookie, fallback: map.fallback ?? "p2c", ...scope });
}

function sourceOfMap({ policy, by, name }: BalanceMap): Result<KeySource, ValueFault> {
  if (by !== undefined) return keySource(by, name);
  const hint = `write \`{ policy: ${policy}, by: source }\`, or header, cookie, query, path`;
  return fault("config.missing_key", `\`${policy}\` does not say what it goes \`by\``, hint);
}

/** `by` and `name`, wherever they stand together. */
export function keySource(by: KeySource["kind"], name: string | undefined): Result<KeySource, ValueFault> {
  if (by === "source" || by === "path") {
    return name === undefined
      ? ok({ kind: by })
      : fault("config.conflict", `\`by: ${by}\` needs no name`, null, ["name"]);
  }
  if (name === undefined) {
    return fault("config.missing_key", `\`by: ${by}\` has no \`name\``, `add the ${by}'s \`name\``);
  }
  return ok({ kind: by, name: by === "header" ? name.toLowerCase() : name });
}

/** A key that means nothing to the policy would be a setting without effect. */
function misplacedKey(map: BalanceMap): Result<never, ValueFault> | null {
  for (const [key, policies] of Object.entries(BELONGS_TO)) {
    if (map[key as keyof BalanceMap] === undefined || policies.includes(map.policy)) continue;
    const owners = policies.map((policy) => `\`${policy}\``).join(" and ");
    return fault(
      "config.conflict",
      `\`${key}\` belongs to ${owners}, and the policy is \`${map.policy}\``,
      null,
      [key],
    );
  }
  return null;
}

/** RFC 9110 section 5.6.2: what a field's and a cookie's name may be made of, and more than most parameters have. */
export function parseToken(text: string): Result<string, ValueFault> {
  if (/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text)) return ok(text);
  return fault("config.bad_value", "a name has only letters, digits and `-_.!#$%&'*+^|~`");
}

const BELONGS_TO: Readonly<Record<string, readonly string[]>> = {
  by: ["hash", "maglev"],
  name: ["hash", "maglev", "sticky"],
  max_load: ["hash"],
  secret: ["sticky"],
  max_age: ["sticky"],
  secure: ["sticky"],
  fallback: ["sticky"],
};
const STANDARD_MAX_LOAD = 1.25;
const STANDARD_COOKIE = "portward";
