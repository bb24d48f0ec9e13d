/**
 * A connection of HTTP/2 towards the proxy with WebSockets on its streams: the client's end, or the target's. Its own account of
 * windows, which shares nothing with the proxy's, so that it finds who sends too much as well as who stops.
 */
import { type Random, randomBelow } from "../../src/base/random.ts";
import { FLAG, FRAME, PREFACE, SETTING } from "../../src/protocol/h2/frame.ts";
import { block, frame, readUint32, reset, SETTINGS_ACK, settings, windowUpdate } from "../h2/frames.ts";
import { someBytes, type Voice } from "./conversation.ts";
import type { FarEnd, MemorySocket, Move } from "./memory-socket.ts";

interface Stream {
  readonly id: number;
  voice: Voice | null;
  /** A target has not answered yet. */
  answered: boolean;
  over: boolean;
  /** Speaks before it is answered. */
  readonly isHasty: boolean;
  sendBytes: number;
  takeBytes: number;
  /** Heard, and not granted again. */
  owedBytes: number;
}

export class H2FarEnd implements FarEnd {
  reads = true;
  fault: string | null = null;
  readonly #socket: MemorySocket;
  readonly #random: Random;
  readonly #isClient: boolean;
  /** Its streams are requests with answers that begin early, as calls of gRPC are: who answers has the last word. */
  readonly #areCalls: boolean;
  readonly #makeVoice: () => Voice;
  readonly #streams = new Map<number, Stream>();
  #received: Buffer = Buffer.alloc(0);
  #prefaceBytes: number;
  #windowBytes: number;
  #initialSendBytes = 65_535;
  #sendBytes = 65_535;
  #takeBytes = 65_535;
  #owedBytes = 0;
  #knowsSettings = false;
  #toOpen: number;
  #nextId = 1;
  /** A window is smaller than its sender knew: what was under way then may be more than it. */
  #mayBeOver = false;
  #changes: number;

  constructor(
    socket: MemorySocket,
    random: Random,
    tunnels: number,
    makeVoice: () => Voice,
    areCalls = false,
  ) {
    this.#areCalls = areCalls;
    this.#socket = socket;
    this.#random = random;
    this.#isClient = tunnels > 0;
    // Requests need not wait for the settings of a target.
    this.#mayBeOver = areCalls && !this.#isClient;
    this.#toOpen = tunnels;
    this.#makeVoice = makeVoice;
    this.#prefaceBytes = this.#isClient ? 0 : PREFACE.length;
    this.#changes = randomBelow(random, 4);
    this.#windowBytes = this.#someWindow();
    socket.far = this;
    const hello = settings(
      [SETTING.initialWindowSize, this.#windowBytes],
      ...(this.#isClient ? [] : [[SETTING.enableConnectProtocol, 1] as const]),
    );
    socket.farSend(Buffer.concat([this.#isClient ? PREFACE : Buffer.alloc(0), Buffer.from(hello, "latin1")]));
  }

  onBytes(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    if (this.#prefaceBytes > 0) {
      const count = Math.min(this.#prefaceBytes, this.#received.length);
      this.#prefaceBytes -= count;
      this.#received = this.#received.subarray(count);
    }
    let at = 0;
    while (at + 9 <= this.#received.length) {
      const end = at + 9 + this.#received.readUIntBE(at, 3);
      if (end > this.#received.length) break;
      this.#onFrame(
        this.#received[at + 3]!,
        this.#received[at + 4]!,
        this.#received.readUInt32BE(at + 5),
        this.#received.subarray(at + 9, end),
      );
      at = end;
    }
    this.#received = this.#received.subarray(at);
  }

  onEnd(): void {
    this.#onLost();
    this.#socket.farFinish();
  }

  onReset(): void {
    this.#onLost();
  }

  addMoves(moves: Move[]): void {
    if (this.#toOpen > 0 && this.#knowsSettings) moves.push(() => this.#open());
    if (this.#changes > 0 && this.#knowsSettings) moves.push(() => this.#change());
    if (this.#owedBytes > 0) moves.push(() => this.#grant());
    for (const stream of this.#streams.values()) this.#addStreamMoves(moves, stream);
  }

  /** Gives one of its streams up. */
  cut(): void {
    const live = [...this.#streams.values()].filter(({ over, voice }) => !over && voice?.isDone === false);
    const stream = live[randomBelow(this.#random, Math.max(1, live.length))];
    if (stream === undefined) return;
    stream.voice!.cutIt();
    this.#close(stream);
    this.#send(reset(stream.id, 8));
  }

  /** A client that has nothing more to say. */
  finish(): void {
    if (this.#isClient) this.#socket.farFinish();
  }

  #addStreamMoves(moves: Move[], stream: Stream): void {
    const { voice, answered, over, sendBytes, owedBytes } = stream;
    if (over || voice === null) return;
    if (owedBytes > 0 && !voice.heardEnd) moves.push(() => this.#grantStream(stream));
    if (voice.saidEnd) return;
    if (!answered && !this.#isClient) moves.push(() => this.#answer(stream));
    else if (!answered && !stream.isHasty) return;
    else if (voice.leftBytes === 0 && this.#mayEnd(voice)) moves.push(() => this.#say(stream, 0, true));
    else if (voice.leftBytes === 0) return;
    else if (sendBytes > 0 && this.#sendBytes > 0 && this.#socket.unreadBytes < FULL_BYTES)
      moves.push(() =>
        this.#say(stream, someBytes(this.#random, 16_384), randomBelow(this.#random, 2) === 0),
      );
  }

  #onFrame(type: number, flags: number, id: number, payload: Buffer): void {
    const stream = this.#streams.get(id);
    switch (type) {
      case FRAME.settings:
        return (flags & FLAG.ack) === 0 ? this.#onSettings(payload) : undefined;
      case FRAME.ping:
        if ((flags & FLAG.ack) === 0) this.#send(frame(FRAME.ping, FLAG.ack, 0, payload.toString("latin1")));
        return;
      case FRAME.headers:
        return this.#onHeaders(id, stream, payload[0] === STATUS_200);
      case FRAME.data:
        return this.#onData(stream, payload, (flags & FLAG.endStream) !== 0);
      case FRAME.windowUpdate:
        if (id === 0) this.#sendBytes += payload.readUInt32BE(0);
        else if (stream !== undefined) stream.sendBytes += payload.readUInt32BE(0);
        return;
      case FRAME.rstStream:
        return this.#onStreamReset(stream, payload.readUInt32BE(0));
      case FRAME.goaway:
        if (payload.readUInt32BE(4) !== 0) this.fault = `goaway ${payload.toString("latin1", 4)}`;
    }
  }

  #onSettings(payload: Buffer): void {
    for (let at = 0; at < payload.length; at += 6) {
      if (payload.readUInt16BE(at) !== SETTING.initialWindowSize) continue;
      const value = readUint32(payload.toString("latin1"), at + 2);
      for (const stream of this.#streams.values()) stream.sendBytes += value - this.#initialSendBytes;
      this.#initialSendBytes = value;
    }
    this.#knowsSettings = true;
    this.#send(SETTINGS_ACK);
  }

  #onHeaders(id: number, stream: Stream | undefined, isGood: boolean): void {
    if (stream === undefined) {
      if (!this.#isClient) this.#add(id).voice = this.#makeVoice();
    } else if (isGood) stream.answered = true;
    else {
      stream.voice!.hearReset("another answer than 200");
      this.#close(stream);
    }
  }

  #onData(stream: Stream | undefined, payload: Buffer, ends: boolean): void {
    this.#takeBytes -= payload.length;
    this.#owedBytes += payload.length;
    if (this.#takeBytes < 0) this.fault = "more than the connection's window";
    if (stream === undefined || stream.over) return;
    stream.takeBytes -= payload.length;
    stream.owedBytes += payload.length;
    if (stream.takeBytes < 0 && payload.length > 0 && !this.#mayBeOver)
      this.fault = "more than the stream's window";
    stream.voice!.hear(payload);
    if (ends) stream.voice!.hearEnd();
    this.#closeIfDone(stream);
  }

  #onStreamReset(stream: Stream | undefined, code: number): void {
    if (stream === undefined || stream.over) return;
    stream.voice!.hearReset(`reset ${code}`);
    this.#close(stream);
  }

  #onLost(): void {
    for (const stream of this.#streams.values()) {
      if (!stream.over && stream.voice?.isDone === false) stream.voice.fault ??= "the connection has ended";
      stream.over = true;
    }
  }

  #open(): void {
    this.#toOpen--;
    const stream = this.#add(this.#nextId);
    this.#nextId += 2;
    stream.voice = this.#makeVoice();
    this.#send(frame(FRAME.headers, FLAG.endHeaders, stream.id, block(this.#areCalls ? CALL : CONNECT)));
  }

  #answer(stream: Stream): void {
    stream.answered = true;
    this.#send(frame(FRAME.headers, FLAG.endHeaders, stream.id, block([[":status", "200"]])));
  }

  #say(stream: Stream, most: number, mayEnd: boolean): void {
    const voice = stream.voice!;
    const bytes = voice.say(Math.min(most, stream.sendBytes, this.#sendBytes));
    stream.sendBytes -= bytes.length;
    this.#sendBytes -= bytes.length;
    voice.saidEnd = mayEnd && voice.leftBytes === 0 && this.#mayEnd(voice);
    this.#send(frame(FRAME.data, voice.saidEnd ? FLAG.endStream : 0, stream.id, bytes.toString("latin1")));
    this.#closeIfDone(stream);
  }

  #mayEnd(voice: Voice): boolean {
    return this.#isClient || !this.#areCalls || voice.heardEnd;
  }

  /** Small grants make small frames; the smallest are not polite. */
  #grantStream(stream: Stream): void {
    const bytes = this.#part(stream.owedBytes);
    stream.owedBytes -= bytes;
    stream.takeBytes += bytes;
    this.#send(windowUpdate(stream.id, bytes));
  }

  #grant(): void {
    const bytes = this.#part(this.#owedBytes);
    this.#owedBytes -= bytes;
    this.#takeBytes += bytes;
    this.#send(windowUpdate(0, bytes));
  }

  #part(bytes: number): number {
    return randomBelow(this.#random, 2) === 0
      ? bytes
      : Math.min(bytes, 300 + randomBelow(this.#random, bytes));
  }

  /** Windows of open streams move with the setting, below zero if need be. */
  #change(): void {
    this.#changes--;
    const before = this.#windowBytes;
    this.#windowBytes = this.#someWindow();
    for (const stream of this.#streams.values()) stream.takeBytes += this.#windowBytes - before;
    if (this.#windowBytes < before) this.#mayBeOver = true;
    this.#send(settings([SETTING.initialWindowSize, this.#windowBytes]));
  }

  #someWindow(): number {
    return [300, 1_000, 5_000, 65_535, 200_000][randomBelow(this.#random, 5)]!;
  }

  #add(id: number): Stream {
    const stream: Stream = {
      id,
      voice: null,
      answered: false,
      over: false,
      isHasty: randomBelow(this.#random, 4) === 0,
      sendBytes: this.#initialSendBytes,
      takeBytes: this.#windowBytes,
      owedBytes: 0,
    };
    this.#streams.set(id, stream);
    return stream;
  }

  #closeIfDone(stream: Stream): void {
    if (stream.voice!.isDone) this.#close(stream);
  }

  #close(stream: Stream): void {
    stream.over = true;
  }

  #send(frames: string): void {
    this.#socket.farSend(Buffer.from(frames, "latin1"));
  }
}

/** `:status: 200` of the static table. */
const STATUS_200 = 0x88;
const FULL_BYTES = 20_000;
const CALL = [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/call"],
  [":authority", "a.example"],
  ["content-type", "application/grpc"],
] as const;
const CONNECT = [
  [":method", "CONNECT"],
  [":protocol", "websocket"],
  [":scheme", "http"],
  [":path", "/chat"],
  [":authority", "a.example"],
  ["sec-websocket-version", "13"],
] as const;
