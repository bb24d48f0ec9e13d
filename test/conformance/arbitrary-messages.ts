/**
 * Random messages that are legal and look it as little as possible: odd white space, empty values, all letter
 * cases, every target and host form, fields that must not go further, chunks with extensions and trailers.
 */
import fc from "fast-check";

/** What the bytes mean. */
export interface MessageModel {
  readonly bytes: string;
  readonly method: string;
  /** Path and query as written; "*" or "" as they come. */
  readonly target: string;
  readonly authority: string;
  readonly minorVersion: 0 | 1;
  /** Fields that have to arrive, in order. */
  readonly kept: readonly Line[];
  /** Names of fields that must not. */
  readonly dropped: readonly string[];
  readonly body: string;
  readonly trailers: readonly Line[];
}

export interface AnswerModel {
  readonly bytes: string;
  readonly method: string;
  readonly status: number;
  readonly kept: readonly Line[];
  readonly dropped: readonly string[];
  readonly body: string;
  readonly trailers: readonly Line[];
}

export type Line = readonly [name: string, value: string];

const token = fc.string({
  unit: fc.constantFrom(..."abcXYZ019!#$%&'*+-.^`|~"),
  minLength: 1,
  maxLength: 12,
});
const valueUnit = fc.oneof(
  { arbitrary: fc.constantFrom(...'abcXYZ019 ,;:="\\/()<>@[]{}?\t'), weight: 9 },
  { arbitrary: fc.integer({ min: 0x80, max: 0xff }).map((code) => String.fromCharCode(code)), weight: 1 },
);
const value = fc
  .string({ unit: valueUnit, maxLength: 30 })
  .map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ""));
const space = fc.constantFrom("", " ", "  ", "\t", " \t ");
/** `Z-` keeps them apart from every name that means something. */
const plainLine: fc.Arbitrary<Line> = fc.tuple(
  token.map((name) => `Z-${name}`),
  value,
);
const trailerLines = fc.array(plainLine, { maxLength: 3 });
const bodyText = fc.string({ unit: "binary-ascii", maxLength: 60 });

/** Lines that end at each hop, or that an upstream would believe. */
const droppedRequestLine: fc.Arbitrary<Line> = fc.oneof(
  fc.tuple(
    fc.constantFrom("Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Proxy-Authenticate"),
    value,
  ),
  fc.tuple(fc.constantFrom("HTTP2-Settings", "TE", "Upgrade"), token),
  fc.tuple(
    fc.constantFrom("Forwarded", "X-Real-IP", "X-Forwarded-Port", "x-forwarded-user", "X_Real-IP"),
    value,
  ),
  fc.tuple(
    fc.constantFrom("X_Forwarded_For", "X-Forwarded_Proto", "x_forwarded_prefix", "x_request_id"),
    value,
  ),
);
const droppedResponseLine: fc.Arbitrary<Line> = fc.tuple(
  fc.constantFrom("Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "TE", "Upgrade"),
  value,
);

const hostName = fc.constantFrom("a", "A.example", "a_b.", "127.0.0.1", "[::1]", "xn--a-b~c");
const port = fc.constantFrom("", ":", ":80", ":8080", ":65535");
const authority = fc.tuple(hostName, port).map(([name, number]) => name + number);
const method = fc.oneof(fc.constantFrom("GET", "POST", "PUT", "OPTIONS", "DELETE", "PATCH"), token);
const path = fc.string({ unit: fc.constantFrom(..."abc/.%~:@!$&'()*+,;=-_|{}<>^`\""), maxLength: 20 });
const query = fc.option(fc.string({ unit: fc.constantFrom(..."abc/?.%=&\\|{}"), maxLength: 12 }), {
  nil: null,
});
const lineEndings = fc.constantFrom("", "\r\n");

interface BodyModel {
  readonly lines: readonly Line[];
  readonly bytes: string;
  readonly body: string;
  readonly trailers: readonly Line[];
}

const noBody: BodyModel = { lines: [], bytes: "", body: "", trailers: [] };
const lengthBody = fc.tuple(bodyText, fc.constantFrom("", "0", "00000000000000000000")).map(
  ([body, zeros]): BodyModel => ({
    lines: [["Content-Length", zeros + body.length]],
    bytes: body,
    body,
    trailers: [],
  }),
);
const extension = fc
  .tuple(
    token,
    fc.oneof(
      fc.constant(""),
      token.map((text) => `=${text}`),
      quoted().map((text) => `=${text}`),
    ),
  )
  .map(([name, rest]) => `;${name}${rest}`);
const chunk = fc
  .tuple(
    fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 30 }),
    fc.constantFrom("", "0", "000"),
    fc.array(extension, { maxLength: 2 }),
    fc.boolean(),
  )
  .map(([data, zeros, extensions, upper]) => {
    const size = data.length.toString(16);
    return {
      data,
      bytes: `${zeros}${upper ? size.toUpperCase() : size}${extensions.join("")}\r\n${data}\r\n`,
    };
  });
const chunkedBody = fc
  .tuple(fc.array(chunk, { maxLength: 4 }), trailerLines, fc.constantFrom("0", "000", "0;a=b"), space)
  .map(
    ([chunks, trailers, last, spaces]): BodyModel => ({
      lines: [["Transfer-Encoding", "chunked"]],
      bytes: `${chunks.map((each) => each.bytes).join("")}${last}\r\n${linesOf(trailers, spaces)}\r\n`,
      body: chunks.map((each) => each.data).join(""),
      trailers,
    }),
  );

export const anyRequest: fc.Arbitrary<MessageModel> = fc
  .record({
    method,
    path,
    query,
    authority,
    form: fc.constantFrom("origin", "origin", "origin", "absolute", "asterisk"),
    scheme: fc.constantFrom("http://", "HTTP://", "https://"),
    minorVersion: fc.constantFrom<(0 | 1)[]>(0, 1, 1, 1),
    plain: fc.array(plainLine, { maxLength: 6 }),
    dropped: fc.array(droppedRequestLine, { maxLength: 3 }),
    nominated: fc.array(
      token.map((name) => `N-${name}`),
      { maxLength: 2 },
    ),
    body: fc.oneof(fc.constant(noBody), lengthBody, chunkedBody),
    hostAt: fc.nat(),
    spaces: space,
    upper: fc.boolean(),
    before: lineEndings,
  })
  .map(requestModel);

interface RequestParts {
  readonly method: string;
  readonly path: string;
  readonly query: string | null;
  readonly authority: string;
  readonly form: "origin" | "absolute" | "asterisk";
  readonly scheme: string;
  readonly minorVersion: 0 | 1;
  readonly plain: readonly Line[];
  readonly dropped: readonly Line[];
  readonly nominated: readonly string[];
  readonly body: BodyModel;
  readonly hostAt: number;
  readonly spaces: string;
  readonly upper: boolean;
  readonly before: string;
}

function requestModel(parts: RequestParts): MessageModel {
  const { form, minorVersion, plain, dropped, nominated, spaces, upper } = parts;
  const body = minorVersion === 0 && parts.body.lines[0]?.[0] === "Transfer-Encoding" ? noBody : parts.body;
  const verb = form === "asterisk" ? "OPTIONS" : parts.method;
  const target = form === "asterisk" ? "*" : targetOf(parts);
  const lines: Line[] = [...interleaved(plain, dropped), ...nominated.map((name): Line => [name, "x"])];
  lines.splice(parts.hostAt % (lines.length + 1), 0, ["Host", parts.authority]);
  if (nominated.length > 0) lines.unshift(["Connection", `,${nominated.join(" , ,")}\t,`]);
  const written = [...lines, ...body.lines].map(
    ([name, text]): Line => [upper ? name.toUpperCase() : name, text],
  );
  const head = `${verb} ${form === "absolute" ? parts.scheme + parts.authority : ""}${target} HTTP/1.${minorVersion}`;
  return {
    bytes: `${parts.before}${head}\r\n${linesOf(written, spaces)}\r\n${body.bytes}`,
    method: verb,
    target,
    authority: parts.authority,
    minorVersion,
    kept: plain.map(([name, text]): Line => [upper ? name.toUpperCase() : name, text]),
    dropped: [...dropped.map(([name]) => name), ...nominated],
    body: body.body,
    trailers: body.trailers,
  };
}

/** An absolute target may lack its path. */
function targetOf(parts: RequestParts): string {
  const start = parts.form === "absolute" && parts.path === "" ? "" : `/${parts.path}`;
  return parts.query === null ? start : `${start}?${parts.query}`;
}

export const anyAnswer: fc.Arbitrary<AnswerModel> = fc
  .record({
    method: fc.constantFrom("GET", "GET", "POST", "HEAD"),
    status: fc.constantFrom(200, 200, 201, 204, 206, 301, 304, 404, 426, 500, 599),
    reason: fc.constantFrom("", " ", " OK", " Not \t Found", " \xe9"),
    plain: fc.array(plainLine, { maxLength: 6 }),
    dropped: fc.array(droppedResponseLine, { maxLength: 3 }),
    nominated: fc.array(
      token.map((name) => `N-${name}`),
      { maxLength: 2 },
    ),
    body: fc.oneof(lengthBody, chunkedBody),
    interim: fc.array(
      fc.constantFrom("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 x\r\nLink: </a>\r\n\r\n"),
      { maxLength: 2 },
    ),
    spaces: space,
  })
  .map((parts) => {
    const { method: verb, status, reason, plain, dropped, nominated, interim, spaces } = parts;
    const bodiless = verb === "HEAD" || status === 204 || status === 304;
    const body = bodiless && parts.body.lines[0]?.[0] === "Transfer-Encoding" ? noBody : parts.body;
    const lines: Line[] = [...interleaved(plain, dropped), ...nominated.map((name): Line => [name, "x"])];
    if (nominated.length > 0) lines.push(["Connection", nominated.join(",")]);
    return {
      bytes: `${interim.join("")}HTTP/1.1 ${status}${reason}\r\n${linesOf([...lines, ...body.lines], spaces)}\r\n${bodiless ? "" : body.bytes}`,
      method: verb,
      status,
      kept: plain,
      dropped: [
        ...dropped.map(([name]) => name).filter((name) => !(status === 426 && name === "Upgrade")),
        ...nominated,
      ],
      body: bodiless ? "" : body.body,
      trailers: bodiless ? [] : body.trailers,
    };
  });

/** Where to cut bytes: any number of places, in any order. */
export const anyCuts: fc.Arbitrary<readonly number[]> = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
  maxLength: 6,
});

export function cut(bytes: string, places: readonly number[]): string[] {
  const offsets = [...new Set(places.map((place) => Math.floor(place * bytes.length)))].sort((a, b) => a - b);
  const ends = [...offsets, bytes.length];
  return ends.map((end, index) => bytes.slice(ends[index - 1] ?? 0, end)).filter((piece) => piece !== "");
}

/** Framing fields are plain for us, so theirs is the one space that is always allowed. */
function linesOf(lines: readonly Line[], spaces: string): string {
  return lines
    .map(([name, text]) =>
      /^(content-length|transfer-encoding)$/i.test(name)
        ? `${name}: ${text}\r\n`
        : `${name}:${spaces}${text}${spaces}\r\n`,
    )
    .join("");
}

function interleaved(some: readonly Line[], others: readonly Line[]): Line[] {
  const all: Line[] = [];
  for (let i = 0; i < Math.max(some.length, others.length); i++) {
    if (some[i] !== undefined) all.push(some[i]!);
    if (others[i] !== undefined) all.push(others[i]!);
  }
  return all;
}

function quoted(): fc.Arbitrary<string> {
  return fc
    .string({ unit: fc.constantFrom("a", " ", "\t", ";", "\\\\", '\\"', "\xe4"), maxLength: 6 })
    .map((text) => `"${text}"`);
}
