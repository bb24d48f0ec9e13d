/**
 * How the bench talks to its own load generators: each is a process of its own on the load's core, stays for
 * all rounds (so that its code is compiled before the first counted one), and answers one JSON line on
 * standard output for each JSON line on standard input. The first line it prints says that it is ready.
 */
import { join } from "node:path";
import type { PipedProcess, Sandbox } from "../sandbox.ts";

export class LoadProcess<Ready, Command, Reply> {
  readonly #sandbox: Sandbox;
  readonly #name: string;
  readonly #process: PipedProcess;
  readonly #lines: AsyncIterator<string>;
  #ready: Ready | undefined;

  /** @param script a file beside this one */
  static async start<Ready, Command, Reply>(
    sandbox: Sandbox,
    script: string,
    core: number,
  ): Promise<LoadProcess<Ready, Command, Reply>> {
    const command = [process.execPath, join(import.meta.dir, script)];
    const started = new LoadProcess<Ready, Command, Reply>(
      sandbox,
      script,
      sandbox.start({ name: script, command, core }),
    );
    started.#ready = (await started.#next()) as Ready;
    return started;
  }

  private constructor(sandbox: Sandbox, name: string, process: PipedProcess) {
    this.#sandbox = sandbox;
    this.#name = name;
    this.#process = process;
    this.#lines = linesOf(process.stdout)[Symbol.asyncIterator]();
  }

  get ready(): Ready {
    return this.#ready!;
  }

  async ask(command: Command): Promise<Reply> {
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
    this.#process.stdin.flush();
    return (await this.#next()) as Reply;
  }

  async stop(): Promise<void> {
    await this.#sandbox.stop(this.#process);
  }

  async #next(): Promise<unknown> {
    const line = await this.#lines.next();
    if (line.done !== true) return JSON.parse(line.value);
    throw new Error(`${this.#name} ended: ${await this.#sandbox.logOf(this.#name)}`);
  }
}

/** The other end: announces itself and answers every command until standard input ends. */
export async function serveCommands<Ready, Command, Reply>(
  ready: Ready,
  handle: (command: Command) => Reply | Promise<Reply>,
): Promise<void> {
  console.log(JSON.stringify(ready));
  for await (const line of console) console.log(JSON.stringify(await handle(JSON.parse(line) as Command)));
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
