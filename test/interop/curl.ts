/** curl as an HTTP client, and its answers as data to compare. */
import { program } from "./programs.ts";
import type { Scene } from "./scene.ts";

export interface CurlAnswer {
  /** `HTTP/1.1 206`. Interim answers come first, each in its own entry. */
  readonly statuses: readonly string[];
  /** Of the last answer and its trailers: lower-case names in alphabetical order. */
  readonly fields: readonly string[];
  readonly bodyBytes: number;
  readonly bodyHash: string;
}

/** @param options for curl, such as `-X`, `-H`, `-T`; a body that is longer than 60 s under way is given up */
export async function curl(
  scene: Scene,
  port: number,
  path: string,
  options: readonly string[] = [],
): Promise<CurlAnswer> {
  const [heads, body] = [scene.path("curl-heads"), scene.path("curl-body")];
  await Promise.all([Bun.write(heads, ""), Bun.write(body, "")]);
  const output = ["-s", "-S", "--path-as-is", "--max-time", "60", "-D", heads, "-o", body];
  await scene.run([program("curl"), ...output, ...options, `http://127.0.0.1:${port}${path}`]);
  // For a HEAD, curl writes the head where the body would go.
  const content = options.includes("--head") ? new Uint8Array() : await Bun.file(body).bytes();
  return {
    ...readHeads(await Bun.file(heads).text()),
    bodyBytes: content.length,
    bodyHash: new Bun.CryptoHasher("sha256").update(content).digest("hex"),
  };
}

function readHeads(text: string): Pick<CurlAnswer, "statuses" | "fields"> {
  const lines = text.split("\r\n").filter((line) => line !== "");
  const statuses = lines.filter((line) => line.startsWith("HTTP/"));
  const last = lines.lastIndexOf(statuses.at(-1) ?? "");
  const fields = lines.slice(last + 1).map((line) => {
    const colon = line.indexOf(":");
    return line.slice(0, colon).toLowerCase() + line.slice(colon);
  });
  return { statuses: statuses.map((line) => line.split(" ", 2).join(" ")), fields: fields.sort() };
}
