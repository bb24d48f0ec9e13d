/** Where a server of Redis is: what its client makes nothing of is told before anything starts. */
import { ok, type Result } from "../../base/result.ts";
import { fault, type ValueFault } from "./value-fault.ts";

export function parseRedisUrl(text: string): Result<string, ValueFault> {
  const url = URL.parse(text);
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === "")
    return fault("config.bad_value", "not a URL with `redis://` or `rediss://`");
  // The path is the number of a database; a query is read by other clients, and a password in it would be nothing here.
  const isKnown = /^(?:\/\d{0,9})?$/.test(url.pathname) && url.search === "" && url.hash === "";
  return isKnown
    ? ok(text)
    : fault("config.bad_value", "nothing but a database's number may follow the port");
}
