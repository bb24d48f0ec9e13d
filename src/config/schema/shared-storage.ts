/** `settings.acme.storage` as a map: a storage that many machines have in common, with a copy of it in a directory here. */
import { z } from "zod";
import { ok, type Result } from "../../base/result.ts";
import { parseRedisUrl } from "../values/redis-url.ts";
import { secretsInUrl } from "../values/url-secrets.ts";
import { fault, type ValueFault } from "../values/value-fault.ts";
import { noted } from "./notes.ts";
import { about, converted, freeText, oneOrMore, textOf } from "./values.ts";

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: this is how people write it
const REDIS_EXAMPLE = "rediss://portward:${file:/run/secrets/redis}@redis.internal:6379";
const PASSPHRASE_EXAMPLE = "${file:/run/secrets/acme}";
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above

const map = noted(
  z.strictObject({
    redis: noted(textOf("a URL such as `rediss://redis.internal:6379/0`", parseRedisUrl), { secret: true })
      .optional()
      .meta(
        about(
          "A server of Redis: with user, password and database; `rediss://` for TLS. Never shown.",
          REDIS_EXAMPLE,
        ),
      ),
    etcd: oneOrMore(noted(textOf("a URL", parseEtcdUrl), { secretsIn: secretsInUrl }))
      .optional()
      .meta(
        about(
          "Members of etcd, with user and password where it wants them: one is asked, another when it fails.",
          "http://127.0.0.1:2379",
        ),
      ),
    prefix: textOf("a prefix of keys", parsePrefix)
      .prefault("portward")
      .describe("What the names of its keys begin with."),
    passphrase: noted(freeText("a text of 12 characters or more", 12), { secret: true })
      .optional()
      .meta(
        about(
          "Seals what is put there (AES-256-GCM), so that only instances with it can read or write it. Never shown.",
          PASSPHRASE_EXAMPLE,
        ),
      ),
    directory: freeText("a path")
      .optional()
      .meta(
        about(
          "The copy here, which is served from, also when the storage is out of reach: for its owner alone, keys in the clear. Unless set, `acme` where `internal_ca.storage` has `local-ca`.",
          "/var/lib/portward/acme",
        ),
      ),
  }),
  { called: "`storage`" },
);

export const sharedStorage = noted(converted(map, oneStorage), {});

type SharedStorage = z.output<typeof map>;

function oneStorage(input: SharedStorage): Result<SharedStorage, ValueFault> {
  const { redis, etcd } = input;
  if ((redis === undefined) !== (etcd === undefined)) return ok(input);
  if (redis !== undefined)
    return fault("config.conflict", "it is in Redis or in etcd, not in both", null, ["etcd"]);
  return fault("config.not_applicable", "it says neither `redis` nor `etcd`", "name one, or write a path");
}

function parseEtcdUrl(text: string): Result<string, ValueFault> {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    return fault("config.bad_value", "not a URL with `http://` or `https://`");
  // Its gateway answers at the root alone.
  const isRoot = url.pathname === "/" && url.search === "" && url.hash === "";
  return isRoot ? ok(text) : fault("config.bad_value", "a member's URL ends with its port");
}

/** Redis takes what is in braces for what decides where a key lies. */
function parsePrefix(text: string): Result<string, ValueFault> {
  if (/^[A-Za-z0-9_./:-]{1,100}$/.test(text)) return ok(text.replace(/\/+$/, ""));
  return fault("config.bad_value", "a prefix has letters, digits and `_./:-`, at most 100");
}
