/** Makes ClientHello messages of any shape, byte by byte, so that a test says what is in them and what is wrong. */

export interface HelloShape {
  readonly serverName?: string | null;
  readonly alpn?: readonly string[];
  readonly versions?: readonly number[] | null;
  readonly schemes?: readonly number[];
  readonly suites?: readonly number[];
  /** Type and content, after the ones above. */
  readonly extensions?: readonly (readonly [number, Buffer])[];
}

/** The message's body. */
export function helloBody(shape: HelloShape = {}): Buffer {
  const suites = shape.suites ?? [0x1301, 0x1302, 0xc02b, 0xc02f];
  return Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    sized(1, Buffer.alloc(32, 9)),
    sized(2, numbers(suites)),
    sized(1, Buffer.from([0])),
    sized(2, Buffer.concat(extensionsOf(shape))),
  ]);
}

/** The body with its header: type and length. */
export function helloMessage(shape: HelloShape = {}): Buffer {
  const body = helloBody(shape);
  return Buffer.concat([
    Buffer.from([1, body.length >> 16, (body.length >> 8) & 255, body.length & 255]),
    body,
  ]);
}

/** In records of at most so many bytes. */
export function helloRecords(message: Buffer, recordBytes = 16_384): Buffer {
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += recordBytes) {
    records.push(Buffer.from([22, 3, 1]), sized(2, message.subarray(at, at + recordBytes)));
  }
  return Buffer.concat(records);
}

export function extension(type: number, content: Buffer): Buffer {
  return Buffer.concat([numbers([type]), sized(2, content)]);
}

export function serverNameExtension(name: string): Buffer {
  return sized(2, Buffer.concat([Buffer.from([0]), sized(2, Buffer.from(name, "latin1"))]));
}

/** With its length in front, in so many bytes. */
export function sized(lengthBytes: 1 | 2, content: Buffer): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(content.length, 0, lengthBytes);
  return Buffer.concat([length, content]);
}

function extensionsOf({
  serverName = "shop.example",
  alpn,
  versions,
  schemes,
  extensions,
}: HelloShape): Buffer[] {
  const protocols = alpn ?? ["h2", "http/1.1"];
  return [
    ...(serverName === null ? [] : [extension(0, serverNameExtension(serverName))]),
    ...(protocols.length === 0
      ? []
      : [extension(16, sized(2, Buffer.concat(protocols.map((name) => sized(1, Buffer.from(name))))))]),
    ...(versions === null ? [] : [extension(43, sized(1, numbers(versions ?? [0x0304, 0x0303])))]),
    extension(13, sized(2, numbers(schemes ?? [0x0403, 0x0804]))),
    ...(extensions ?? []).map(([type, content]) => extension(type, content)),
  ];
}

function numbers(values: readonly number[]): Buffer {
  return Buffer.from(values.flatMap((value) => [value >> 8, value & 255]));
}
