/** All providers by the name that the configuration uses. A provider's packages are loaded when it is first used. */
import type { DiscoverModel, DnsSettings as ResolverSettings } from "../config/model.ts";
import type { BoundProvider } from "./source.ts";

/** @param dns of the settings, for providers that ask name servers */
export function bindProvider({ source }: DiscoverModel, dns: ResolverSettings): BoundProvider {
  return async (events, tools, stop) => {
    switch (source.provider) {
      case "file": {
        const { fileProvider } = await import("./providers/file.ts");
        return fileProvider(source, events, tools, stop);
      }
      case "http": {
        const { httpProvider } = await import("./providers/http.ts");
        return httpProvider(source, events, tools, stop);
      }
      case "dns": {
        const { dnsProvider } = await import("./providers/dns.ts");
        return dnsProvider({ ...source, servers: source.servers ?? dns.servers }, events, tools, stop);
      }
      case "consul": {
        const { consulProvider } = await import("./providers/consul.ts");
        return consulProvider(source, events, tools, stop);
      }
      case "etcd": {
        const { etcdProvider } = await import("./providers/etcd.ts");
        return etcdProvider(source, events, tools, stop);
      }
      case "docker": {
        const { dockerProvider } = await import("./providers/docker.ts");
        return dockerProvider(source, events, tools, stop);
      }
      case "kubernetes": {
        const { kubernetesProvider } = await import("./providers/kubernetes.ts");
        return kubernetesProvider(source, events, tools, stop);
      }
      case "redis": {
        const { redisProvider } = await import("./providers/redis.ts");
        return redisProvider(source, events, tools, stop);
      }
      case "nats": {
        const { natsProvider } = await import("./providers/nats.ts");
        return natsProvider(source, events, tools, stop);
      }
    }
  };
}
