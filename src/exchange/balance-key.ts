/** What a policy asks of a request when like requests are to go to one target. Worked out only when it asks. */
import type { ClientIdentity } from "../pipeline/forwarding.ts";
import { cookieValue } from "../protocol/http/cookie.ts";
import type { RequestHead } from "../protocol/http/request-head.ts";
import { queryValue } from "../routing/query-value.ts";
import type { KeySource } from "../upstream/balancer/balancer.ts";
import { RequestView } from "./request-view.ts";

export function balanceKey(head: RequestHead, client: ClientIdentity, source: KeySource): string | null {
  switch (source.kind) {
    case "source":
      return client.address;
    case "path":
      return RequestView.of(head, client)?.path ?? null;
    case "header":
      return head.fields.get(source.name);
    case "cookie": {
      const cookies = head.fields.get("cookie");
      return cookies === null ? null : cookieValue(cookies, source.name);
    }
    case "query":
      return queryValue(RequestView.of(head, client)?.query ?? "", source.name);
  }
}
