/** Just enough of protobuf's wire format to read what a collector gets (https://protobuf.dev/programming-guides/encoding). */

export type Field = number | bigint | Buffer;

/** All fields of a message by their numbers, in their order. */
export class Message {
  readonly #fields = new Map<number, Field[]>();

  constructor(bytes: Buffer) {
    let at = 0;
    while (at < bytes.length) {
      const [key, afterKey] = varint(bytes, at);
      const [value, next] = valueAt(bytes, afterKey, Number(key & 7n));
      const number = Number(key >> 3n);
      const before = this.#fields.get(number);
      if (before === undefined) this.#fields.set(number, [value]);
      else before.push(value);
      at = next;
    }
  }

  messages(number: number): Message[] {
    return (this.#fields.get(number) ?? []).map((field) => new Message(field as Buffer));
  }

  message(number: number): Message {
    return this.messages(number)[0] ?? new Message(Buffer.alloc(0));
  }

  has(number: number): boolean {
    return this.#fields.has(number);
  }

  text(number: number): string {
    return this.#bytes(number).toString();
  }

  hex(number: number): string {
    return this.#bytes(number).toString("hex");
  }

  number(number: number): number {
    return Number(this.#fields.get(number)?.at(-1) ?? 0);
  }

  double(number: number): number {
    const bits = Buffer.alloc(8);
    bits.writeBigUInt64LE(BigInt(this.#fields.get(number)!.at(-1) as bigint));
    return bits.readDoubleLE();
  }

  #bytes(number: number): Buffer {
    return (this.#fields.get(number)?.at(-1) as Buffer | undefined) ?? Buffer.alloc(0);
  }
}

function valueAt(bytes: Buffer, at: number, wireType: number): [value: Field, next: number] {
  switch (wireType) {
    case 0:
      return varint(bytes, at);
    case 1:
      return [bytes.readBigUInt64LE(at), at + 8];
    case 2: {
      const [length, start] = varint(bytes, at);
      const end = start + Number(length);
      if (end > bytes.length) throw new Error("a field beyond the end of its message");
      return [bytes.subarray(start, end), end];
    }
    case 5:
      return [bytes.readUInt32LE(at), at + 4];
    default:
      throw new Error(`wire type ${wireType}`);
  }
}

function varint(bytes: Buffer, at: number): [value: bigint, next: number] {
  let value = 0n;
  for (let i = at, shift = 0n; ; i++, shift += 7n) {
    const byte = bytes[i];
    if (byte === undefined) throw new Error("a number beyond the end of its message");
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return [value, i + 1];
  }
}
