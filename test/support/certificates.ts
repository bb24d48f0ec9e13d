/** The certificates that tests use (see certificates/make.sh), as paths and as text. */
import { readFileSync } from "node:fs";

export function certificatePath(name: string): string {
  return `${import.meta.dir}/certificates/${name}`;
}

export function pem(name: string): string {
  return readFileSync(certificatePath(name), "utf8");
}
