/** What `tests` ask for. See ../model.ts. */
import type { ValuePattern } from "../../routing/route-match.ts";
import type { RequestUrl } from "../values/request-url.ts";

/** One of `tests`. It is no part of what is served. */
export interface ConfiguredTest {
  /** `DOCUMENT/tests/INDEX`: `shop/tests/0`. Unique. */
  readonly label: string;
  /** As written, or null. */
  readonly name: string | null;
  readonly method: string;
  readonly url: RequestUrl;
  /** Names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The client's address; null when the test does not care. */
  readonly from: string | null;
  readonly expect: Expectation;
}

/** What is null is not asked. */
export interface Expectation {
  readonly route: string | null;
  readonly notRoute: string | null;
  readonly upstream: string | null;
  /** `Host` as sent upstream. */
  readonly host: string | null;
  /** Path and query as sent upstream. */
  readonly path: string | null;
  /** The Location of a redirect. */
  readonly redirect: string | null;
  /** Of an answer that the proxy makes itself. */
  readonly status: number | null;
  readonly headers: readonly FieldExpectation[];
}

/** A field as sent upstream. */
export interface FieldExpectation {
  /** As it stands in the file. */
  readonly key: string;
  /** In lower case. */
  readonly name: string;
  /** Null: it must not be sent. */
  readonly value: ValuePattern | null;
}
