import { afterEach, expect, test } from "bun:test";
import { connect } from "node:net";
import type { DemoUpstream } from "./demo-upstream.ts";
import { startHttpUpstream } from "./http-upstream.ts";
import { startTcpUpstream } from "./tcp-upstream.ts";
import { startDemoUpstreams } from "./upstreams.ts";

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
});

function started<T extends { stop(): Promise<void> }>(upstream: T): T {
  running.push(upstream);
  return upstream;
}

function urlOf(upstream: DemoUpstream, path: string): string {
  return `http://127.0.0.1:${upstream.port}${path}`;
}

test("answers the two messages", async () => {
  const upstream = started(startHttpUpstream(0));
  expect(await (await fetch(urlOf(upstream, "/one"))).json()).toEqual({ message: "one" });
  expect(await (await fetch(urlOf(upstream, "/"))).json()).toEqual({ message: "two" });
});

test("shows any other request as it was received", async () => {
  const upstream = started(startHttpUpstream(0));
  const answer = await fetch(urlOf(upstream, "/other?x=1"), {
    method: "POST",
    headers: { "X-Probe": "yes" },
    body: "12345",
  });
  const page = await answer.text();
  expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(page).toStartWith("POST /other?x=1\n");
  expect(page).toContain("x-probe: yes\n");
  expect(page).toContain("body: 5 bytes\n");
});

test("shows a browser a page in which the request cannot run as a script", async () => {
  const upstream = started(startHttpUpstream(0));
  const answer = await fetch(urlOf(upstream, "/page"), {
    headers: { accept: "text/html,*/*", "x-evil": "<script>alert(1)</script>" },
  });
  const page = await answer.text();
  expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(page).toContain("<code>GET /page</code>");
  expect(page).not.toContain("<script>");
});

test("sends lines back over TCP, also more than the socket takes at once, and ends after the peer", async () => {
  const upstream = started(startTcpUpstream(0));
  const sent = `${"x".repeat(999)}\n`.repeat(4_000);
  const socket = connect({ port: upstream.port, host: "127.0.0.1", allowHalfOpen: true });
  socket.end(`${sent}unfinished`);
  const received: Buffer[] = [];
  for await (const chunk of socket) received.push(chunk);
  expect(Buffer.concat(received).toString() === `${sent}unfinished`).toBe(true);
});

test("moves to other ports when the wanted ones are taken", async () => {
  const first = started(startDemoUpstreams({ one: 0, two: 0, echo: 0, http: 0, tcp: 0 }));
  const held = Bun.listen({ hostname: "127.0.0.1", port: first.ports.http, socket: { data() {} } });
  const second = started(startDemoUpstreams(first.ports));
  held.stop(true);
  expect(second.ports.one).toBe(first.ports.one + 100);
  expect(second.ports.echo).toBe(first.ports.echo + 100);
  expect(second.ports.http).toBe(first.ports.http + 100);
  expect(second.ports.tcp).toBe(first.ports.tcp);
});
