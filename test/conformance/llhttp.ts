/**
 * A second opinion: llhttp, the parser of Node.js, in the WebAssembly build that undici carries. It is what
 * many upstreams read us with, so it must see exactly the messages that we mean.
 */
import { createRequire } from "node:module";

export interface ForeignMessage {
  /** `GET /path`, or the status. */
  start: string;
  readonly fields: [name: string, value: string][];
  body: string;
  complete: boolean;
}

export interface ForeignReading {
  readonly messages: readonly ForeignMessage[];
  /** Why the rest was not read, or null. */
  readonly error: string | null;
}

/** @param methods what each answer answers; for requests, null */
export function readWithLlhttp(text: string, methods: readonly string[] | null): ForeignReading {
  const { llhttp_alloc, llhttp_free, malloc, free } = parser;
  current = { messages: [], methods, inValue: true };
  const handle = llhttp_alloc(methods === null ? REQUEST : RESPONSE);
  const bytes = Buffer.from(text, "latin1");
  const at = malloc(bytes.length + 1);
  new Uint8Array(parser.memory.buffer).set(bytes, at);
  const error = run(handle, at, bytes.length);
  free(at);
  llhttp_free(handle);
  return { messages: current.messages, error };
}

function run(handle: number, at: number, length: number): string | null {
  const code = parser.llhttp_execute(handle, at, length);
  if (code === OK || code === PAUSED_UPGRADE) return null;
  return cString(parser.llhttp_get_error_reason(handle)) || `error ${code}`;
}

interface Llhttp {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  malloc(size: number): number;
  free(at: number): void;
  llhttp_alloc(type: number): number;
  llhttp_free(handle: number): void;
  llhttp_execute(handle: number, at: number, length: number): number;
  llhttp_get_error_reason(handle: number): number;
  llhttp_get_method(handle: number): number;
  llhttp_method_name(method: number): number;
  llhttp_get_status_code(handle: number): number;
}

interface Reading {
  readonly messages: ForeignMessage[];
  readonly methods: readonly string[] | null;
  /** The last piece of a field line was one of its value. */
  inValue: boolean;
}

function load(): Llhttp {
  const wasm: Uint8Array<ArrayBuffer> = createRequire(import.meta.url)("undici/lib/llhttp/llhttp-wasm.js");
  const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env: CALLBACKS });
  const exports = instance.exports as unknown as Llhttp;
  exports._initialize();
  return exports;
}

const CALLBACKS = {
  wasm_on_message_begin: () => {
    current.messages.push({ start: "", fields: [], body: "", complete: false });
    current.inValue = true;
    return 0;
  },
  wasm_on_url: (_handle: number, at: number, length: number) => {
    last().start += text(at, length);
    return 0;
  },
  wasm_on_status: () => 0,
  wasm_on_header_field: (_handle: number, at: number, length: number) => {
    if (current.inValue) last().fields.push(["", ""]);
    current.inValue = false;
    last().fields.at(-1)![0] += text(at, length);
    return 0;
  },
  wasm_on_header_value: (_handle: number, at: number, length: number) => {
    current.inValue = true;
    last().fields.at(-1)![1] += text(at, length);
    return 0;
  },
  wasm_on_headers_complete: (handle: number) => {
    // An empty value is told by no call.
    current.inValue = true;
    if (current.methods === null) {
      last().start = `${cString(parser.llhttp_method_name(parser.llhttp_get_method(handle)))} ${last().start}`;
      return 0;
    }
    last().start = String(parser.llhttp_get_status_code(handle));
    const finals = current.messages.slice(0, -1).filter((message) => !message.start.startsWith("1")).length;
    return current.methods[finals] === "HEAD" ? SKIP_BODY : 0;
  },
  wasm_on_body: (_handle: number, at: number, length: number) => {
    last().body += text(at, length);
    return 0;
  },
  wasm_on_message_complete: () => {
    last().complete = true;
    return 0;
  },
};

function last(): ForeignMessage {
  return current.messages.at(-1)!;
}

function text(at: number, length: number): string {
  return Buffer.from(parser.memory.buffer, at, length).toString("latin1");
}

function cString(at: number): string {
  if (at === 0) return "";
  const memory = Buffer.from(parser.memory.buffer);
  return memory.toString("latin1", at, memory.indexOf(0, at));
}

const REQUEST = 1;
const RESPONSE = 2;
const OK = 0;
const PAUSED_UPGRADE = 22;
const SKIP_BODY = 1;
let current: Reading = { messages: [], methods: null, inValue: true };
const parser = load();
