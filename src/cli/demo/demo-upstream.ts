/** A server of the demo, whatever it speaks. */
export interface DemoUpstream {
  readonly port: number;
  /** Closes the listener and every connection. */
  stop(): Promise<void>;
}
