import { expect, test } from "bun:test";
import type { ListenerModel } from "../config/model.ts";
import type { BoundName } from "../io/socket-name.ts";
import { addressOf, type InheritedSocket, matchSockets } from "./socket-activation.ts";

function listener(name: string, address: ListenerModel["address"]): ListenerModel {
  return { name, address } as ListenerModel;
}

function socket(descriptor: number, name: string, bound: BoundName): InheritedSocket {
  return { descriptor, name, bound };
}

const tcp = (ip: string, port: number): BoundName => ({ kind: "tcp", ip, port });

test("a name is meant before an address fits, and nobody gets two", () => {
  const web = listener("web", { kind: "tcp", host: "10.0.0.1", port: 80 });
  const all = listener("all", { kind: "tcp", host: null, port: 80 });
  const file = listener("file", { kind: "unix", path: "/run/a.sock" });
  const none = listener("none", { kind: "tcp", host: "::1", port: 81 });
  const sockets = [
    socket(3, "web", tcp("::", 80)),
    socket(4, "portward.socket", tcp("10.0.0.1", 80)),
    socket(5, "portward.socket", tcp("0.0.0.0", 80)),
    socket(6, "portward.socket", { kind: "unix", path: "/run/a.sock" }),
    socket(7, "portward.socket", tcp("::", 81)),
  ];
  const matched = matchSockets(sockets, [none, file, all, web]);
  expect([...matched].map(([{ name }, { descriptor }]) => [name, descriptor]).sort()).toEqual([
    ["all", 5],
    ["file", 6],
    ["web", 3],
  ]);
});

test("where a listener is to be reached is what its socket is bound to", () => {
  expect(addressOf(socket(3, "web", tcp("::", 8080)))).toEqual({ kind: "tcp", host: "::", port: 8080 });
  expect(addressOf(socket(3, "web", { kind: "unix", path: "/run/a" }))).toEqual({
    kind: "unix",
    path: "/run/a",
  });
});
