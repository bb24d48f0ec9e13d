/** The C library, for the few calls that the runtime does not offer. Null where it cannot be opened. */
import { dlopen, type FFIFunction, type Library } from "bun:ffi";

export function openLibc<S extends Record<string, FFIFunction>>(symbols: S): Library<S> | null {
  const names = process.platform === "darwin" ? ["libSystem.B.dylib"] : ["libc.so.6", "libc.so"];
  for (const name of names) {
    try {
      return dlopen(name, symbols);
    } catch {
      // The next name, or none at all.
    }
  }
  return null;
}
