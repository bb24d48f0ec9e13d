import { expect, test } from "bun:test";
import { type ConnectAddress, connect } from "../../src/io/connect.ts";
import { listen } from "../../src/io/listen.ts";
import { routeFailure } from "../../src/io/route-lookup.ts";
import { RecordingOwner } from "../support/connection-pair.ts";
import { eventually } from "../support/eventually.ts";

function failureOf(address: ConnectAddress): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  connect(address, {
    onConnect: (connection) => {
      reject(new Error("connected"));
      connection.abort();
      return connection.handler;
    },
    onConnectFailure: resolve,
  });
  return promise;
}

test("a failure has the system's word", async () => {
  expect(await failureOf({ kind: "tcp", ip: "127.0.0.1", port: 1 })).toBe("ECONNREFUSED");
  expect(await failureOf({ kind: "unix", path: "/nowhere/at/all.sock" })).toBe("ENOENT");
});

test.if(process.platform === "linux")(
  "an address that no packet may go to is not said to refuse",
  async () => {
    expect(await failureOf({ kind: "tcp", ip: "255.255.255.255", port: 1 })).toMatch(/EACCES|ENETUNREACH/);
    expect(routeFailure("127.0.0.1")).toBeNull();
    expect(routeFailure("no address")).toBeNull();
  },
);

test("an attempt that was given up tells nothing, and what it yields is dropped", async () => {
  const accepted: RecordingOwner[] = [];
  const bound = listen({ kind: "tcp", host: "127.0.0.1", port: 0 }, (connection) => {
    const owner = new RecordingOwner();
    owner.connection = connection;
    accepted.push(owner);
    return owner;
  });
  if (!bound.ok) throw new Error(bound.error);
  let told = 0;
  const handler = {
    onConnect: () => {
      told++;
      return new RecordingOwner();
    },
    onConnectFailure: () => void told++,
  };
  connect({ kind: "tcp", ip: "127.0.0.1", port: bound.value.port! }, handler).cancel();
  connect({ kind: "tcp", ip: "127.0.0.1", port: 1 }, handler).cancel();
  await eventually(() => accepted[0]?.closed === true, "the end of the connection");
  await failureOf({ kind: "tcp", ip: "127.0.0.1", port: 1 });
  expect(told).toBe(0);
  bound.value.close();
});
