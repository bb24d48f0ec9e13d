/** 20,000 idle connections of several client processes, over two workers: each is open, and is served when it asks again. */
import { join } from "node:path";
import type { WorkersView } from "../../src/admin/views.ts";
import { RunningProgram } from "../supervisor/running-program.ts";

const SITE = `routes: [{ listen: "127.0.0.1:0", path: /, respond: { body: "fine" } }]\n`;
const WORDS = ["--workers", "2", "--admin", "127.0.0.1:0"];
const CLIENTS = 4;

export interface CrowdSoakOptions {
  readonly connections: number;
  readonly onProgress: (line: string) => void;
}

export async function soakCrowd({ connections, onProgress }: CrowdSoakOptions) {
  await using program = await RunningProgram.start(SITE, WORDS);
  const each = Math.floor(connections / CLIENTS);
  const clients = Array.from({ length: CLIENTS }, () => new CrowdClient(program.port, each));
  const faults: string[] = [];
  const expectAll = async (what: string) => {
    for (const said of await Promise.all(clients.map((client) => client.line()))) {
      if (said !== `${each} 0`) faults.push(`${what}: answers and closed connections of ${each}: ${said}`);
    }
  };
  await expectAll("at first");
  const answer = await fetch(`http://${program.last("ready")["admin"]}/api/workers`);
  const { workers } = (await answer.json()) as WorkersView;
  const held = workers.map((worker) => `${worker.connections}`).join(" and ");
  onProgress(`${held} connections are open`);
  for (const client of clients) client.goOn();
  await expectAll("again");
  for (const { level, event } of program.lines) if (level !== "info") faults.push(`the log says ${event}`);
  const mebibytes = workers.map((worker) => `${Math.round((worker.memory_bytes ?? 0) / 1024 / 1024)} MiB`);
  return {
    faults,
    summary: `${each * CLIENTS} idle connections over two workers of ${mebibytes.join(" and ")}`,
  };
}

class CrowdClient {
  readonly #child;
  readonly #lines: AsyncIterator<string>;

  constructor(port: number, connections: number) {
    const script = join(import.meta.dir, "crowd-client.ts");
    const command = [process.execPath, script, `${port}`, `${connections}`];
    this.#child = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    this.#lines = linesOf(this.#child.stdout);
  }

  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    return done === true ? "it ended" : value;
  }

  goOn(): void {
    this.#child.stdin.write("\n");
    this.#child.stdin.flush();
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk)).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
