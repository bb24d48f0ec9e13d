/** Which clients' forwarded fields are believed: those in `settings.trusted_proxies`, asked once a connection. */
import { BlockList, isIP } from "node:net";

export type TrustCheck = (address: string) => boolean;

/** @param networks CIDR or single addresses, both families; validated by the configuration */
export function createTrustCheck(networks: readonly string[]): TrustCheck {
  if (networks.length === 0) return () => false;
  const list = new BlockList();
  for (const network of networks) {
    const [address, bits] = network.split("/") as [string, string | undefined];
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 6 ? "ipv6" : "ipv4");
  };
}
