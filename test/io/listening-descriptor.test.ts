/** Listening sockets that one process opens and others serve, and descriptors on their way between them. */
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adoptDescriptor } from "../../src/io/adopt.ts";
import type { Connection, ConnectionHandler } from "../../src/io/connection.ts";
import { descriptorPair, receiveDescriptors, sendDescriptors } from "../../src/io/descriptor-passing.ts";
import type { ListenAddress } from "../../src/io/listen.ts";
import { listenOnDescriptors } from "../../src/io/listen-descriptors.ts";
import { addListening, type ListeningSet, openListening } from "../../src/io/listening-descriptor.ts";
import { posix } from "../../src/io/posix.ts";
import { RawPeer } from "../support/raw-peer.ts";

const describeOnLinux = describe.skipIf(posix === null);
const calls = posix!;
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

function opened(address: ListenAddress, count = 1, mayShare = false): ListeningSet {
  const set = openListening(calls, address, count, mayShare);
  if (!set.ok) throw new Error(set.error);
  cleanups.push(() => {
    for (const each of set.value.descriptors) calls.close(each);
  });
  return set.value;
}

/** Serves copies, as a worker would that got them by a message. */
function serve(set: ListeningSet, text: string, from = 0, to = set.descriptors.length) {
  const copies = passed(set.descriptors.slice(from, to));
  const socket = listenOnDescriptors(set.address, copies, (connection) => greeter(connection, text));
  cleanups.push(() => socket.close());
  return socket;
}

function passed(descriptors: readonly number[]): readonly number[] {
  const [near, far] = descriptorPair(calls);
  expect(sendDescriptors(calls, near, descriptors, 7)).toEqual({ ok: true, value: null });
  const received = receiveDescriptors(calls, far)!;
  expect(received.note).toBe(7);
  for (const end of [near, far]) calls.close(end);
  return received.descriptors;
}

function greeter(connection: Connection, text: string): ConnectionHandler {
  return {
    onData: (chunk) => connection.send(Buffer.from(`${text} ${chunk}`)),
    onEnd: () => connection.close(),
    onBlocked() {},
    onDrain() {},
    onClose() {},
  };
}

async function ask(port: number, question = "?", host?: string): Promise<string> {
  const client = await RawPeer.connect(port, host);
  client.send(question);
  const answer = await client.until(/\?$/);
  client.socket.destroy();
  return answer;
}

function hasIpv6(): boolean {
  const set = openListening(calls, { kind: "tcp", host: "::1", port: 0 }, 1);
  for (const each of set.ok ? set.value.descriptors : []) calls.close(each);
  return set.ok;
}

const port = (set: ListeningSet) => (set.address.kind === "tcp" ? set.address.port : 0);

describeOnLinux("listening descriptors", () => {
  for (const host of ["127.0.0.1", "::1", null]) {
    test.skipIf(host === "::1" && !hasIpv6())(
      `on ${host ?? "all addresses"}, several on one port, served by whom they were passed to`,
      async () => {
        const set = opened({ kind: "tcp", host, port: 0 }, 3);
        expect(set.descriptors).toHaveLength(3);
        const socket = serve(set, "hello");
        expect(socket.port).toBe(port(set));
        for (let i = 0; i < 8; i++) expect(await ask(port(set), "?", host ?? "127.0.0.1")).toBe("hello ?");
      },
    );
  }

  test("a Unix socket is one, and a file that a crash has left is replaced", async () => {
    const folder = mkdtempSync(join(tmpdir(), "portward-listen-"));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "web.sock");
    const first = openListening(calls, { kind: "unix", path }, 4);
    expect(first).toMatchObject({ ok: true, value: { descriptors: { length: 1 } } });
    expect(openListening(calls, { kind: "unix", path }, 1)).toEqual({ ok: false, error: "EADDRINUSE" });
    for (const each of first.ok ? first.value.descriptors : []) calls.close(each);
    expect(existsSync(path)).toBe(true);
    serve(opened({ kind: "unix", path }), "unix");
    const answer = Promise.withResolvers<string>();
    await Bun.connect({
      unix: path,
      socket: { open: (socket) => void socket.write("?"), data: (_, bytes) => answer.resolve(`${bytes}`) },
    });
    expect(await answer.promise).toBe("unix ?");
  });

  test("what waits in a queue outlives the one who was to accept it", async () => {
    const set = opened({ kind: "tcp", host: "127.0.0.1", port: 0 });
    const first = serve(set, "first");
    expect(await ask(port(set))).toBe("first ?");
    first.close();
    const waiting = await RawPeer.connect(port(set));
    waiting.send("?");
    serve(set, "second");
    expect(await waiting.until(/\?$/)).toBe("second ?");
    waiting.socket.destroy();
  });

  test("a port on which anybody else listens is refused, though both would share it", () => {
    const set = opened({ kind: "tcp", host: "127.0.0.1", port: 0 }, 2);
    const again = openListening(calls, set.address, 1);
    expect(again).toEqual({ ok: false, error: "EADDRINUSE" });
    expect(opened(set.address, 1, true).descriptors).toHaveLength(1);
    const more = addListening(calls, set, 4);
    expect(more).toMatchObject({ ok: true, value: { descriptors: { length: 4 } } });
    for (const each of more.ok ? more.value.descriptors.slice(2) : []) calls.close(each);
  });

  test("an address that is not ours, and one that is none", () => {
    const failure = (host: string) => openListening(calls, { kind: "tcp", host, port: 0 }, 1);
    expect(failure("192.0.2.1")).toEqual({ ok: false, error: "EADDRNOTAVAIL" });
    expect(failure("example.com")).toEqual({ ok: false, error: "EADDRNOTAVAIL" });
  });
});

describeOnLinux("a connection that was accepted elsewhere", () => {
  test("is adopted with the bytes that wait in it, and the client does not notice", async () => {
    const set = opened({ kind: "tcp", host: "127.0.0.1", port: 0 });
    const client = await RawPeer.connect(port(set));
    client.send("early ?");
    const accepted = calls.accept4(set.descriptors[0]!, null, null, 0x80000 | 0x800);
    const [copy] = passed([accepted]);
    calls.close(accepted);
    const seen = Promise.withResolvers<Connection>();
    await adoptDescriptor(copy!, (connection) => {
      seen.resolve(connection);
      return greeter(connection, "adopted");
    });
    expect(await client.until(/\?$/)).toBe("adopted early ?");
    expect((await seen.promise).remoteAddress).toBe("127.0.0.1");
    client.socket.end();
    expect(await client.closed).toEqual({ reset: false });
  });

  test("no message, and a receiver that is gone, are told apart", () => {
    const [near, far] = descriptorPair(calls);
    expect(receiveDescriptors(calls, far)).toBeNull();
    expect(sendDescriptors(calls, near, [])).toEqual({ ok: true, value: null });
    expect(receiveDescriptors(calls, far)).toEqual({ descriptors: [], note: 0 });
    calls.close(far);
    expect(sendDescriptors(calls, near, [])).toEqual({ ok: false, error: "EPIPE" });
    calls.close(near);
  });
});
