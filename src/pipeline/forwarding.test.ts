/** What an upstream is told of the client, by whom the client is and by what it said itself. */
import { describe, expect, test } from "bun:test";
import { ByteSink } from "../base/byte-sink.ts";
import { EVENT } from "../protocol/h1/events.ts";
import { RequestReader } from "../protocol/h1/request-reader.ts";
import { writeRequestHead } from "../protocol/h1/request-writer.ts";
import { givenRequestId } from "../protocol/http/request-id.ts";
import { clientIdentity, outboundRequest, requestIdFor } from "./forwarding.ts";

const SECURE = { serverName: null, shownNames: [], certificate: null };
const STRANGER = clientIdentity("192.0.2.1", false, null);
const PROXY = clientIdentity("10.0.0.1", true, null);
const LOCAL = clientIdentity("", false, null);
const V6 = clientIdentity("2001:db8::1", false, SECURE);
const LIMITS = { headBytes: 10_000, fieldCount: 50, lineBytes: 1_000, chunkExtensionBytes: 0 };
const PLAIN = { via: false, forwarded: false, deadlineHeader: null };

function headOf(
  fields: readonly string[],
  line = "GET / HTTP/1.1",
  host = "Host: a.example",
): RequestReader["head"] {
  const reader = new RequestReader(LIMITS);
  const lines = [line, ...(host === "" ? [] : [host]), ...fields].join("\r\n");
  reader.push(Buffer.from(`${lines}\r\n\r\n`, "latin1"));
  if (reader.next() !== EVENT.head) throw new Error(JSON.stringify(reader.violation));
  return reader.head;
}

/** The field lines that go upstream, but for the request line. */
function sent(head: RequestReader["head"], client = STRANGER, options = PLAIN): string[] {
  const sink = new ByteSink(16);
  const id = requestIdFor(head, client, () => givenRequestId("made"));
  writeRequestHead(sink, outboundRequest(head, null, "target:80", client, id, options));
  return sink.bytes.toString("latin1", 0, sink.length).split("\r\n").slice(1, -2);
}

describe("a stranger", () => {
  test("is told as what it is", () => {
    expect(sent(headOf([]))).toEqual([
      "Host: a.example",
      "X-Forwarded-For: 192.0.2.1",
      "X-Forwarded-Proto: http",
      "X-Forwarded-Host: a.example",
      "X-Request-Id: made",
    ]);
  });

  for (const field of [
    "X-Forwarded-For: 6.6.6.6",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Host: evil.example",
    "X-Forwarded-Port: 443",
    "X-Forwarded-Server: evil",
    "X-Real-IP: 6.6.6.6",
    "X-Request-Id: chosen",
    "Forwarded: for=6.6.6.6",
    "x_forwarded_for: 6.6.6.6",
    "X-FORWARDED_FOR: 6.6.6.6",
    "X_Real_IP: 6.6.6.6",
  ]) {
    test(`is not believed: ${field}`, () => {
      expect(sent(headOf([field, "X-Mine: 1"]))).toEqual([
        "Host: a.example",
        "X-Mine: 1",
        ...sent(headOf([])).slice(1),
      ]);
    });
  }

  test("cannot make our own fields disappear by naming them in Connection", () => {
    expect(sent(headOf(["Connection: X-Forwarded-For, X-Request-Id, Host, Forwarded"]))).toEqual(
      sent(headOf([])),
    );
  });

  test("of HTTP/1.0 without a Host gets the target's", () => {
    expect(sent(headOf([], "GET / HTTP/1.0", ""))).toEqual([
      "Host: target:80",
      "X-Forwarded-For: 192.0.2.1",
      "X-Forwarded-Proto: http",
      "X-Request-Id: made",
    ]);
  });
});

describe("a trusted proxy", () => {
  test("is believed, and stands behind what it said", () => {
    const fields = [
      "X-Forwarded-For: 6.6.6.6, 7.7.7.7",
      "X-Forwarded-Proto: https",
      "X-Forwarded-Host: shop.example",
      "X-Request-Id: chosen",
      "X-Real-IP: 6.6.6.6",
    ];
    expect(sent(headOf(fields), PROXY)).toEqual([
      "Host: a.example",
      "X-Real-IP: 6.6.6.6",
      "X-Forwarded-For: 6.6.6.6, 7.7.7.7, 10.0.0.1",
      "X-Forwarded-Proto: https",
      "X-Forwarded-Host: shop.example",
      "X-Request-Id: chosen",
    ]);
  });

  test("that says nothing is a client like any other", () => {
    expect(sent(headOf([]), PROXY)).toEqual(
      sent(headOf([])).map((line) => line.replace("192.0.2.1", "10.0.0.1")),
    );
  });

  test("is believed over several fields", () => {
    const lines = sent(headOf(["X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 7.7.7.7"]), PROXY);
    expect(lines).toContain("X-Forwarded-For: 6.6.6.6, 7.7.7.7, 10.0.0.1");
  });

  test("does not get an id through that would harm logs", () => {
    expect(sent(headOf(["X-Request-Id: a b"]), PROXY)).toContain("X-Request-Id: made");
  });

  test("is still not believed in underscores", () => {
    expect(sent(headOf(["X_Forwarded_For: 6.6.6.6"]), PROXY).join()).not.toContain("6.6.6.6");
  });
});

describe("Forwarded and Via", () => {
  const both = { via: true, forwarded: true, deadlineHeader: null };
  const added = (head: RequestReader["head"], client = STRANGER): string[] =>
    sent(head, client, both).filter((line) => /^(Via|Forwarded)/.test(line));

  test("say version, address, host and scheme", () => {
    expect(added(headOf([]))).toEqual([
      "Via: 1.1 portward",
      "Forwarded: for=192.0.2.1;host=a.example;proto=http",
    ]);
    expect(added(headOf([], "GET / HTTP/1.0"))[0]).toBe("Via: 1.0 portward");
  });

  test("quote what needs it", () => {
    expect(added(headOf([], "GET / HTTP/1.1", "Host: a.example:8080"), V6)[1]).toBe(
      'Forwarded: for="[2001:db8::1]";host="a.example:8080";proto=https',
    );
  });

  test("say unknown of a client without an address", () => {
    expect(added(headOf([]), LOCAL)[1]).toStartWith("Forwarded: for=unknown;");
    expect(sent(headOf([]), LOCAL)).toContain("X-Forwarded-For: unknown");
  });

  test("stand behind those of other proxies", () => {
    expect(added(headOf(["Via: 1.0 first", "Forwarded: for=6.6.6.6"]), PROXY)).toEqual([
      "Via: 1.0 first",
      "Forwarded: for=6.6.6.6",
      "Via: 1.1 portward",
      "Forwarded: for=10.0.0.1;host=a.example;proto=http",
    ]);
  });
});

test("Max-Forwards of OPTIONS counts down, that of others is left alone", () => {
  expect(sent(headOf(["Max-Forwards: 3"], "OPTIONS / HTTP/1.1"))).toContain("Max-Forwards: 2");
  expect(sent(headOf(["Max-Forwards: 3"]))).toContain("Max-Forwards: 3");
});
