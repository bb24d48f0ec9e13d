/** Log files that have been put aside: `access.log.20261130T152134.123Z`, later perhaps with `.gz`. */
import { createReadStream, createWriteStream } from "node:fs";
import { open, readdir, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { systemWord } from "./socket-events.ts";

/** Gives the file another name, one that no file has. */
export async function moveAside(path: string, wallMs: number): Promise<string> {
  const name = await freeName(`${path}.${new Date(wallMs).toISOString().replace(/[-:]/g, "")}`);
  await rename(path, name);
  return name;
}

/** Takes the name by making an empty file, which the rename then replaces: two processes cannot take the same. */
async function freeName(wanted: string): Promise<string> {
  for (let count = 0; ; count++) {
    const name = count === 0 ? wanted : `${wanted}-${count}`;
    try {
      await (await open(name, "wx", FILE_MODE)).close();
      return name;
    } catch (error) {
      if (systemWord(error) !== "EEXIST") throw error;
    }
  }
}

/** In threads of the runtime. A file that is half written never has the name of a whole one. */
export async function compress(path: string): Promise<void> {
  const half = `${path}.gz.tmp`;
  await pipeline(createReadStream(path), createGzip(), createWriteStream(half, { mode: FILE_MODE }));
  await rename(half, `${path}.gz`);
  await unlink(path);
}

/** Several processes may do this at once. */
export async function removeOld(path: string, keep: number): Promise<void> {
  const folder = dirname(path);
  const prefix = `${basename(path)}.`;
  const isOld = (name: string) => name.startsWith(prefix) && OLD.test(name.slice(prefix.length));
  const old = (await readdir(folder)).filter(isOld).sort();
  for (const name of old.slice(0, Math.max(0, old.length - keep))) await removeIfThere(join(folder, name));
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (systemWord(error) !== "ENOENT") throw error;
  }
}

const OLD = /^\d{8}T\d{6}\.\d{3}Z(-\d+)?(\.gz)?$/;
const FILE_MODE = 0o640;
