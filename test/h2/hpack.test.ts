/** HPACK against the published examples, against itself, and against blocks that are none. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ByteSink } from "../../src/base/byte-sink.ts";
import { HpackDecoder } from "../../src/protocol/h2/hpack/decoder.ts";
import { HpackEncoder } from "../../src/protocol/h2/hpack/encoder.ts";
import { CODE_BITS, CODES, EOS } from "../../src/protocol/h2/hpack/huffman-code.ts";
import { decodeHuffman } from "../../src/protocol/h2/hpack/huffman-decoder.ts";
import { huffmanBytes, writeHuffman } from "../../src/protocol/h2/hpack/huffman-encoder.ts";
import { CollectedFields } from "./collected-fields.ts";
import { HPACK_VECTORS } from "./hpack-vectors.ts";

describe("the examples of RFC 7541 appendix C", () => {
  for (const { name, tableBytes, blocks } of HPACK_VECTORS) {
    test(name, () => {
      const decoder = new HpackDecoder(tableBytes);
      for (const { hex, fields, tableBytes: expected } of blocks) {
        const to = decoded(decoder, Buffer.from(hex, "hex"));
        expect(to?.fields).toEqual(fields.map(([field, value]) => [field, value]));
        expect(decoder.tableBytes).toBe(expected);
      }
    });
  }

  test("what must never be indexed says so", () => {
    const to = decoded(new HpackDecoder(4096), Buffer.from("100870617373776f726406736563726574", "hex"));
    expect(to?.sensitive).toEqual(["password"]);
  });
});

describe("blocks that are none", () => {
  const table: readonly (readonly [string, string])[] = [
    ["index 0", "80"],
    ["an index beyond the tables", "be"],
    ["a name beyond the tables", "7f0001"],
    ["an index that does not end", "ffffffffff7f"],
    ["an index without its second byte", "ff"],
    ["a string longer than the block", "40056161"],
    ["a block that ends behind the name", "400161"],
    ["a Huffman string that is EOS", "4084ffffffff0161"],
    ["Huffman padding of eight bits", "40821fff0161"],
    ["Huffman padding with a zero", "40811e0161"],
    ["a table larger than we have allowed", "3fe21f"],
    ["a size behind the first field", "8220"],
  ];
  for (const [name, hex] of table) {
    test(name, () => expect(decoded(new HpackDecoder(4096), Buffer.from(hex, "hex"))).toBeNull());
  }
  test("two sizes before the first field are in order", () => {
    expect(decoded(new HpackDecoder(4096), Buffer.from("203fe11f82", "hex"))?.fields).toEqual([
      [":method", "GET"],
    ]);
  });
});

const SYMBOLS = new Map(Array.from(CODES, (code, symbol) => [`${CODE_BITS[symbol]}:${code}`, symbol]));

/** RFC 7541 section 5.2 to the letter, bit by bit; null: that is no string of the code. */
function bitByBit(bytes: Uint8Array): number[] | null {
  const plain: number[] = [];
  let [code, bits] = [0, 0];
  for (let at = 0; at < bytes.length * 8; at++) {
    code = ((code << 1) | ((bytes[at >> 3]! >> (7 - (at & 7))) & 1)) >>> 0;
    const symbol = SYMBOLS.get(`${++bits}:${code}`);
    if (symbol === undefined) continue;
    if (symbol === EOS) return null;
    plain.push(symbol);
    [code, bits] = [0, 0];
  }
  return bits < 8 && code === (1 << bits) - 1 ? plain : null;
}

test("Huffman: any bytes are read as bit by bit, and what is no string is refused as there", () => {
  const mostlyOnes = fc.array(fc.oneof(fc.constant(255), fc.nat(255)), { maxLength: 12 });
  fc.assert(
    fc.property(fc.oneof(mostlyOnes, fc.array(fc.nat(255), { maxLength: 12 })), (each) => {
      const plain = new ByteSink(16);
      const isGood = decodeHuffman(Uint8Array.from(each), 0, each.length, plain);
      const read = isGood ? [...plain.bytes.subarray(0, plain.length)] : null;
      expect(read).toEqual(bitByBit(Uint8Array.from(each)));
    }),
    { numRuns: 2_000 },
  );
});

test("Huffman: every byte string comes back, padded with ones", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const coded = new ByteSink(8);
      writeHuffman(coded, bytes, 0, bytes.length);
      expect(coded.length).toBe(huffmanBytes(bytes, 0, bytes.length));
      const plain = new ByteSink(8);
      expect(decodeHuffman(coded.bytes, 0, coded.length, plain)).toBe(true);
      expect([...plain.bytes.subarray(0, plain.length)]).toEqual([...bytes]);
    }),
    { numRuns: 500 },
  );
});

const arbitraryName = fc.oneof(
  fc.constantFrom("Content-Type", "date", "X-A", "x-b", "cookie", "Authorization", "server", ":path", "etag"),
  fc.stringMatching(/^[a-z][a-z0-9-]{0,40}$/),
);
const arbitraryValue = fc.oneof(
  fc.constantFrom("", "a", "gzip, deflate", "text/html"),
  fc.string({ maxLength: 300 }),
);
const arbitraryBlock = fc.array(fc.tuple(arbitraryName, arbitraryValue), { maxLength: 20 });
const arbitraryStep = fc.record({
  block: arbitraryBlock,
  resize: fc.option(fc.constantFrom(0, 60, 300, 4096, 10_000), { freq: 8 }),
});

test("encoder and decoder agree over any run of blocks, sizes changed in between", () => {
  fc.assert(
    fc.property(fc.array(arbitraryStep, { maxLength: 30 }), (steps) => {
      const encoder = new HpackEncoder();
      const decoder = new HpackDecoder(4096);
      for (const { block, resize } of steps) {
        if (resize !== null) encoder.resize(resize);
        const fields = block.map(([name, value]) => [name, Buffer.from(value).toString("latin1")] as const);
        const to = decoded(decoder, encoded(encoder, fields));
        expect(to?.fields).toEqual(fields.map(([name, value]) => [name.toLowerCase(), value]));
        expect(to?.sensitive).toEqual(
          fields.map(([name]) => name.toLowerCase()).filter((name) => SENSITIVE.has(name)),
        );
      }
    }),
    { numRuns: 300 },
  );
});

test("what comes again takes one byte; what is secret is written out each time", () => {
  const encoder = new HpackEncoder();
  const plain = [["x-app", "the same value every time"]] as const;
  const secret = [["authorization", "Bearer the same token every time"]] as const;
  encoded(encoder, plain);
  encoded(encoder, plain);
  expect(encoded(encoder, plain).length).toBe(1);
  for (let i = 0; i < 3; i++) expect(encoded(encoder, secret).length).toBeGreaterThan(20);
});

test("a receiver that takes no more is told sizes, and the table goes on as if it did", () => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder(4096);
  const fields = [["x-app", "a value that comes again"]] as const;
  decoded(decoder, encoded(encoder, fields));
  const full = new CollectedFields();
  full.full = true;
  const second = encoded(encoder, fields);
  expect(decoder.decode(second, 0, second.length, full)).toBe(true);
  expect(decoded(decoder, encoded(encoder, fields))?.fields).toEqual([["x-app", "a value that comes again"]]);
});

function encoded(encoder: HpackEncoder, fields: readonly (readonly [string, string])[]): Buffer {
  const sink = new ByteSink(16);
  encoder.begin(sink);
  for (const [name, value] of fields) {
    const bytes = Buffer.from(`..${name}!${value}..`, "latin1");
    const valueStart = 3 + name.length;
    encoder.field(sink, bytes, 2, 2 + name.length, valueStart, valueStart + value.length, false);
  }
  return Buffer.from(sink.bytes.subarray(0, sink.length));
}

function decoded(decoder: HpackDecoder, block: Buffer): CollectedFields | null {
  const to = new CollectedFields();
  return decoder.decode(block, 0, block.length, to) ? to : null;
}

const SENSITIVE = new Set(["cookie", "authorization"]);
