/** gRPC health checks of a server made with @grpc/grpc-js, and of servers that are none. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { startProbe } from "../../src/upstream/checks/check.ts";
import { healthRequest, servingStatus } from "../../src/upstream/checks/grpc-message.ts";
import { HealthyUpstream } from "../support/healthy-upstream.ts";
import { NodePeer } from "../support/node-peer.ts";

const node = new NodePeer();
afterEach(() => node.cleanUp());
afterAll(() => node.kill());

/** A health service that answers by the name that it is asked about; resolves with its port. */
function startServer(): Promise<number> {
  return node.run(async ({ grpc, grpcMethod, listenGrpc }) => {
    const check = grpcMethod("/grpc.health.v1.Health/Check", false, false);
    const server = new grpc.Server();
    server.addService({ Check: check } as never, {
      Check: (
        call: import("@grpc/grpc-js").ServerUnaryCall<Buffer, Buffer>,
        done: (error: object | null, value?: Buffer) => void,
      ) => {
        const service = call.request.subarray(2).toString();
        if (service === "missing") done({ code: grpc.status.NOT_FOUND, details: "no such service" });
        else done(null, Buffer.from(service === "down" ? [8, 2] : service === "unknown" ? [] : [8, 1]));
      },
    });
    return listenGrpc(server);
  }, null);
}

function look(service: string, port: number): Promise<string | null> {
  const address = { kind: "tcp", ip: "127.0.0.1", port } as const;
  const spec = { kind: "grpc", service, host: null } as const;
  return new Promise((resolve) => startProbe(spec, address, "app:80", resolve));
}

describe("a gRPC server", () => {
  test("is what it says of itself, or of the service that is asked about", async () => {
    const port = await startServer();
    expect(await look("", port)).toBeNull();
    expect(await look("shop.Cart", port)).toBeNull();
    expect(await look("down", port)).toBe("NOT_SERVING");
    expect(await look("unknown", port)).toBe("UNKNOWN");
    expect(await look("missing", port)).toBe("grpc-status 5");
  });
});

test("a server that speaks something else is not well", async () => {
  await using other = await HealthyUpstream.start();
  expect(await look("", Number(other.target.split(":")[1]))).toMatch(/^malformed answer/);
});

describe("messages", () => {
  test("a request names its service, however long", () => {
    expect([...healthRequest("")]).toEqual([0, 0, 0, 0, 0]);
    expect([...healthRequest("ab")]).toEqual([0, 0, 0, 0, 4, 0x0a, 2, 97, 98]);
    expect([...healthRequest("x".repeat(300)).subarray(0, 8)]).toEqual([0, 0, 0, 1, 47, 0x0a, 0xac, 0x02]);
  });

  for (const [bytes, status] of [
    [[0, 0, 0, 0, 2, 8, 1], "SERVING"],
    [[0, 0, 0, 0, 2, 8, 3], "SERVICE_UNKNOWN"],
    [[0, 0, 0, 0, 0], "UNKNOWN"],
    [[0, 0, 0, 0, 2, 8], null],
    [[1, 0, 0, 0, 2, 8, 1], null],
    [[0, 0, 0, 0, 2, 8, 9], null],
    [[0, 0, 0, 0, 2, 16, 1], null],
    [[], null],
  ] as const) {
    test(`${bytes.join(" ")} is ${status}`, () => expect(servingStatus(Buffer.from(bytes))).toBe(status));
  }
});
