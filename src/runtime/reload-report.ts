/** What a reload did, for logs and whoever asked for it. Names are those of the new configuration. */

export interface ReloadReport {
  readonly listeners: ListenerChanges;
  readonly upstreams: UpstreamChanges;
  /** From the call to the swap, waiting for new names included. */
  readonly tookMs: number;
}

export interface ListenerChanges {
  readonly added: readonly string[];
  /** They accept no more, and drain. */
  readonly removed: readonly string[];
  /** Another name for the same address. */
  readonly renamed: readonly string[];
  /** Another protocol on the same address: its connections drain, new ones get the new protocol. */
  readonly replaced: readonly string[];
  readonly kept: number;
}

export interface UpstreamChanges {
  readonly added: readonly string[];
  /** Other targets, weights or another policy; what stays keeps its connections. */
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly kept: number;
  readonly targetsAdded: number;
  /** What they have under way goes on. */
  readonly targetsRemoved: number;
}
