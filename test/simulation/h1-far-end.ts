/** A WebSocket's end of HTTP/1.1, towards the proxy: the client's, or the target's. */
import { type Random, randomBelow } from "../../src/base/random.ts";
import { someBytes, type Voice } from "./conversation.ts";
import type { FarEnd, MemorySocket, Move } from "./memory-socket.ts";

export class H1FarEnd implements FarEnd {
  reads = true;
  readonly fault: string | null = null;
  readonly #socket: MemorySocket;
  readonly #random: Random;
  readonly #isClient: boolean;
  readonly #makeVoice: () => Voice;
  #head = "";
  #headIsDone = false;
  #answered = false;
  #voice: Voice | null = null;

  constructor(socket: MemorySocket, random: Random, isClient: boolean, makeVoice: () => Voice) {
    this.#socket = socket;
    this.#random = random;
    this.#isClient = isClient;
    this.#makeVoice = makeVoice;
    socket.far = this;
    if (!isClient) return;
    this.#voice = makeVoice();
    const early = randomBelow(random, 4) === 0 ? this.#voice.say(someBytes(random, 2_000)) : NOTHING;
    socket.farSend(Buffer.concat([REQUEST, early]));
  }

  onBytes(chunk: Buffer): void {
    if (this.#voice?.cut === true) return;
    if (this.#headIsDone) return this.#voice!.hear(chunk);
    this.#head += chunk.toString("latin1");
    const end = this.#head.indexOf("\r\n\r\n");
    if (end < 0) return;
    this.#headIsDone = true;
    const rest = Buffer.from(this.#head.slice(end + 4), "latin1");
    if (!this.#isClient) this.#voice = this.#makeVoice();
    else if (!this.#head.startsWith("HTTP/1.1 101")) return this.#giveUp("another answer than 101");
    this.#voice!.hear(rest);
  }

  onEnd(): void {
    this.#voice?.hearEnd();
  }

  onReset(): void {
    if (this.#voice === null) return;
    this.#voice.hearReset("reset");
  }

  addMoves(moves: Move[]): void {
    const voice = this.#voice;
    if (voice === null || voice.cut || !this.#headIsDone || voice.saidEnd) return;
    if (!this.#isClient && !this.#answered) moves.push(() => this.#answer(voice));
    else if (voice.leftBytes === 0) moves.push(() => this.#finish(voice));
    else if (this.#socket.unreadBytes < FULL_BYTES) moves.push(() => this.#say(voice));
  }

  finish(): void {}

  /** Gives its tunnel up. */
  cut(): void {
    if (this.#voice === null || this.#voice.isDone) return;
    this.#voice.cutIt();
    this.#socket.farReset();
  }

  #giveUp(how: string): void {
    this.#voice!.hearReset(how);
    this.#socket.farFinish();
  }

  #answer(voice: Voice): void {
    this.#answered = true;
    const first = randomBelow(this.#random, 2) === 0 ? voice.say(someBytes(this.#random, 5_000)) : NOTHING;
    this.#socket.farSend(Buffer.concat([ANSWER, first]));
  }

  #say(voice: Voice): void {
    this.#socket.farSend(voice.say(someBytes(this.#random, 30_000)));
  }

  #finish(voice: Voice): void {
    voice.saidEnd = true;
    this.#socket.farFinish();
  }
}

const NOTHING = Buffer.alloc(0);
const FULL_BYTES = 20_000;
const REQUEST = Buffer.from(
  "GET /chat HTTP/1.1\r\nHost: a.example\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
);
const ANSWER = Buffer.from(
  "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
);
