/** What becomes of listening sockets when an instance stops before a reload has come to its end. */
import { describe, expect, test } from "bun:test";
import type { ListenerModel } from "../../src/config/model.ts";
import { type Posix, posix } from "../../src/io/posix.ts";
import { ListeningSockets } from "../../src/supervisor/listening-sockets.ts";

function listener(name: string, host: string): ListenerModel {
  return { name, address: { kind: "tcp", host, port: 0 } } as ListenerModel;
}

describe.skipIf(posix === null)("closed while a reload is under way", () => {
  for (const outcome of ["use", "abandon"] as const) {
    test(`every socket is closed once, those of the reload too, whatever becomes of it: ${outcome}`, () => {
      const closed: number[] = [];
      const calls = {
        ...posix!,
        close(descriptor: number) {
          closed.push(descriptor);
          return posix!.close(descriptor);
        },
      };
      const sockets = new ListeningSockets(calls as Posix, 2);
      const before = [listener("kept", "127.0.0.1")];
      const opened = sockets.open(before);
      if (!opened.ok) throw new Error(JSON.stringify(opened.error));
      sockets.use(before, opened.value);
      const after = [...before, listener("added", "127.0.0.2")];
      const reloaded = sockets.open(after);
      if (!reloaded.ok) throw new Error(JSON.stringify(reloaded.error));
      const all = [...reloaded.value.values()].flatMap(({ descriptors }) => descriptors);
      expect(all).toHaveLength(4);
      sockets.close(false);
      if (outcome === "use") sockets.use(after, reloaded.value);
      else sockets.abandon(reloaded.value);
      expect(closed.toSorted()).toEqual(all.toSorted());
      expect(sockets.sets.size).toBe(0);
    });
  }
});
