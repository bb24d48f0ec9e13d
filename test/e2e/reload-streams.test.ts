/** A small version of `npm run soak -- --scenario reloads`. */
import { expect, test } from "bun:test";
import { soakReloads } from "../soak/reload-soak.ts";

test("150 WebSockets, event streams and tunnels outlive 60 reloads of all around them, with flat memory", async () => {
  const { faults } = await soakReloads({ streams: 150, reloads: 60, routes: 400, onProgress: () => {} });
  expect(faults).toEqual([]);
}, 60_000);
