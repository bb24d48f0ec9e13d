/** A worker that goes wrong, played by other programs. */

import { describe, expect, test } from "bun:test";
import { parseConfiguration } from "../../src/config/load.ts";
import { posix } from "../../src/io/posix.ts";
import { Parceller } from "../../src/supervisor/parcel.ts";
import { WorkerProcess } from "../../src/supervisor/worker-process.ts";
import { eventually } from "../support/eventually.ts";

function employed(script: string) {
  const seen: unknown[] = [];
  const worker = new WorkerProcess(posix!, ["sh", "-c", script]).employ({
    events: {
      onLeaving: () => seen.push("leaving"),
      onNonsense: (_, fault) => seen.push(fault),
      onExit: (_, { code, signal }) => seen.push(signal ?? code),
    },
    seats: { give: () => null, takeBack() {} },
  });
  return { worker, seen };
}

describe.skipIf(posix === null)("a worker", () => {
  for (const [what, script, expected] of [
    [
      "that says what is no frame",
      "printf 'HTTP/1.1 200 OK\\r\\n\\r\\n' >&3; exec sleep 60",
      ["version", "SIGKILL"],
    ],
    ["that ends", "exit 3", [3]],
    // It has closed its channel, and is of no use.
    ["that lives on without a channel", "exec 3>&- 3<&-; exec sleep 60", ["SIGKILL"]],
  ] as const) {
    test(`${what} is ended and reported`, async () => {
      const { worker, seen } = employed(script);
      await worker.exited;
      await eventually(() => seen.length === expected.length, `${expected}`);
      expect(seen).toEqual([...expected]);
    });
  }

  test("that does not answer, because it has ended, has failed", async () => {
    const { worker } = employed("exit 0");
    const request = { type: "reload", listeners: [], waitsFor: null } as const;
    const loaded = parseConfiguration(
      "a.yaml",
      "routes: [ { listen: 80, path: /, respond: { status: 204 } } ]",
    );
    if (!loaded.ok) throw new Error(loaded.error[0]!.message);
    const parcel = new Parceller().parcel(loaded.value.configuration);
    const [failure] = await worker.serve({ parcel, request, descriptors: [], generation: 0 });
    expect(failure).toMatchObject({ code: "worker.failed", message: "a worker cannot serve: it ended" });
  });
});
