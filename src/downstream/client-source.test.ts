import { expect, test } from "bun:test";
import { clientSource } from "./client-source.ts";

test("a host is one source, with IPv6 its network of 64 bits", () => {
  for (const [address, source] of [
    ["192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8:1:2::6", "2001:db8:1:2"],
    ["2001:db8::6", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["2001:db8:1:2:3::", "2001:db8:1:2"],
  ]) {
    expect([address!, clientSource(address!)]).toEqual([address!, source!]);
  }
});
