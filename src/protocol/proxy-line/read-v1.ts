/** Version 1: one line of text, `PROXY TCP4 192.0.2.1 192.0.2.2 56324 443`. */
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from "./addresses.ts";
import {
  NO_PROXY_TLS,
  type ProxyAddresses,
  type ProxyHeader,
  type ProxyHeaderFault,
} from "./proxy-header.ts";

/** @param line without its CRLF */
export function readV1(line: string): ProxyHeader | ProxyHeaderFault {
  const words = line.split(" ");
  // Whatever follows UNKNOWN is to be ignored.
  if (words[1] === "UNKNOWN") return { command: "proxy", addresses: null, tls: NO_PROXY_TLS };
  const addresses = words.length === 6 ? addressesOf(words) : null;
  return addresses === null ? "malformed" : { command: "proxy", addresses, tls: NO_PROXY_TLS };
}

function addressesOf(words: readonly string[]): ProxyAddresses | null {
  const [, family, sourceText, destinationText, sourcePortText, destinationPortText] = words;
  const source = address(family!, sourceText!);
  const destination = address(family!, destinationText!);
  const sourcePort = port(sourcePortText!);
  const destinationPort = port(destinationPortText!);
  if (source === null || destination === null || sourcePort === null || destinationPort === null) return null;
  return { source, sourcePort, destination, destinationPort };
}

/** In its one spelling, so that two spellings of a client are one client. */
function address(family: string, text: string): string | null {
  const bytes = family === "TCP4" ? parseIpv4(text) : family === "TCP6" ? parseIpv6(text) : null;
  if (bytes === null) return null;
  return family === "TCP4" ? formatIpv4(bytes) : formatIpv6(bytes);
}

function port(text: string): number | null {
  return /^(?:0|[1-9][0-9]{0,4})$/.test(text) && Number(text) <= 65_535 ? Number(text) : null;
}
