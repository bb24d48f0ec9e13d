/** `--admin HOST:PORT|off`. */
import { InvalidArgumentError, Option } from "commander";

export function adminOption(): Option {
  return new Option("--admin <host:port|off>", "where to tell how things are and take commands")
    .default(DEFAULT_ADMIN_ADDRESS)
    .argParser(parseAdminAddress);
}

/** `off`, or an address with both parts: the admin address must never be opened to everyone by omission. */
export function parseAdminAddress(text: string): string {
  if (text === "off") return text;
  const [, host, port] = HOST_AND_PORT.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) {
    throw new InvalidArgumentError("Expected HOST:PORT, such as 127.0.0.1:9180 or [::1]:9180, or off.");
  }
  return text;
}

/** Loopback: what is served there is for the machine's own people. */
export const DEFAULT_ADMIN_ADDRESS = "127.0.0.1:9180";

const HOST_AND_PORT = /^(\[[0-9A-Fa-f:.]+\]|[^\s:[\]/]+):(\d{1,5})$/;
