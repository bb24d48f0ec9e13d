/** Whoever puts records into DNS for us, and takes them away: a program or a webhook. */
import type { AcmeDnsModel } from "../../config/model.ts";
import { ExecHook } from "./exec-hook.ts";
import { Webhook } from "./webhook.ts";

/** A TXT record (RFC 8555 section 8.4). */
export interface DnsRecord {
  /** `_acme-challenge.shop.example`, without the root's dot. */
  readonly record: string;
  /** 43 characters of base64url, so it may begin with a hyphen. */
  readonly value: string;
}

export type DnsAction = "present" | "cleanup";

export interface DnsHook {
  /** Resolves once it is done; rejects with why it is not. */
  call(action: DnsAction, record: DnsRecord): Promise<void>;
}

export function createHook({ hook, timeoutMs }: AcmeDnsModel): DnsHook {
  if (hook.kind === "webhook") return new Webhook(hook.url, hook.token, timeoutMs);
  return new ExecHook(hook.command, hook.environment, timeoutMs);
}
