/**
 * Huffman strings to bytes, four bits at a time: each state is an inner node of the code's tree, and a step from
 * it yields at most one symbol, since no code is shorter than five bits. No step looks at single bits.
 */
import type { ByteSink } from "../../../base/byte-sink.ts";
import { CODE_BITS, CODES, EOS } from "./huffman-code.ts";

/** Appends what `bytes[start, end)` stands for; false when it is no string of this code (RFC 7541 section 5.2). */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number, sink: ByteSink): boolean {
  let to = sink.reserve(Math.ceil(((end - start) * 8) / SHORTEST_BITS));
  const out = sink.bytes;
  let state = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    const high = STEPS[(state << 4) | (byte >>> 4)]!;
    if ((high & EMITS) !== 0) out[to++] = high;
    const low = STEPS[((high >>> STATE_SHIFT) << 4) | (byte & 15)]!;
    if ((low & EMITS) !== 0) out[to++] = low;
    state = low >>> STATE_SHIFT;
    if (state === FAILED) return false;
  }
  sink.length = to;
  return MAY_END[state] === 1;
}

/** Lowest byte: the symbol. Then whether there is one. Then the next state. */
const EMITS = 0x100;
const STATE_SHIFT = 9;
const SHORTEST_BITS = 5;
/** EOS within a string is an error, and so is everything behind it. */
const FAILED = 256;

interface Node {
  readonly children: (Node | number | null)[];
  state: number;
  /** Whether all bits up to here are ones and fewer than eight: what may pad the last byte. */
  readonly pads: boolean;
}

const MAY_END = new Uint8Array(FAILED + 1);
const STEPS: Uint32Array = buildSteps();

function buildSteps(): Uint32Array {
  const nodes = numbered(buildTree());
  const steps = new Uint32Array((FAILED + 1) << 4).fill(FAILED << STATE_SHIFT);
  for (const node of nodes) {
    MAY_END[node.state] = node.pads ? 1 : 0;
    for (let bits = 0; bits < 16; bits++) steps[(node.state << 4) | bits] = walk(nodes[0]!, node, bits);
  }
  return steps;
}

/** One step of four bits, packed as `STEPS` has it. */
function walk(root: Node, from: Node, bits: number): number {
  let node = from;
  let emitted = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const next = node.children[(bits >>> bit) & 1]!;
    if (next === EOS) return FAILED << STATE_SHIFT;
    if (typeof next !== "number") node = next;
    else {
      emitted = EMITS | next;
      node = root;
    }
  }
  return emitted | (node.state << STATE_SHIFT);
}

function buildTree(): Node {
  const root: Node = { children: [null, null], state: 0, pads: true };
  for (let symbol = 0; symbol < CODE_BITS.length; symbol++) plant(root, symbol);
  return root;
}

function plant(root: Node, symbol: number): void {
  let node = root;
  for (let left = CODE_BITS[symbol]! - 1, depth = 1; left > 0; left--, depth++) {
    const bit = (CODES[symbol]! >>> left) & 1;
    const pads = node.pads && bit === 1 && depth < 8;
    node.children[bit] ??= { children: [null, null], state: 0, pads };
    node = node.children[bit] as Node;
  }
  node.children[CODES[symbol]! & 1] = symbol;
}

/** The inner nodes, the root first: 256 of them, one less than there are leaves. */
function numbered(root: Node): Node[] {
  const nodes = [root];
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    node.state = i;
    for (const child of node.children) if (child !== null && typeof child !== "number") nodes.push(child);
  }
  return nodes;
}
