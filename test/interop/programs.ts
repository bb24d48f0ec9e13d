/** Where Debian keeps the programs that these tests run: not all of it is in everybody's PATH. */
import { Glob } from "bun";

/** The program's full path, or null. */
export function findProgram(name: string): string | null {
  const { PATH = "" } = process.env;
  const places = [PATH, "/usr/local/sbin", "/usr/sbin", "/sbin", ...postgresFolders()];
  return Bun.which(name, { PATH: places.join(":") });
}

/** As `findProgram`; scripts/test-interop.ts has made sure that it is there. */
export function program(name: string): string {
  const path = findProgram(name);
  if (path === null) throw new Error(`${name} is not installed; 'npm run test:interop' says what is needed`);
  return path;
}

/** The newest version first. */
function postgresFolders(): string[] {
  const versions = [...new Glob("*/bin").scanSync({ cwd: POSTGRES, onlyFiles: false })];
  return versions
    .sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))
    .map((v) => `${POSTGRES}/${v}`);
}

const POSTGRES = "/usr/lib/postgresql";
