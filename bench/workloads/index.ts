/** All workloads, in the order of the report. */
import { churn, post4k, rich, small, smallLog } from "./closed-loop.ts";
import { grpcUnary, h2, h2Big, h2ToH2, smallH2 } from "./http2.ts";
import { idle } from "./idle.ts";
import { paced } from "./paced.ts";
import { routes10k } from "./routes10k.ts";
import { smallWrk } from "./small-wrk.ts";
import { tcpRr } from "./tcp-rr.ts";
import { tls, tlsBulk, tlsNew, tlsResume } from "./tls.ts";
import { big1m, tcpBulk } from "./transfer.ts";
import type { Workload } from "./workload.ts";

export const WORKLOADS: readonly Workload[] = [
  small,
  smallWrk,
  smallLog,
  rich,
  post4k,
  big1m,
  churn,
  h2,
  h2ToH2,
  h2Big,
  grpcUnary,
  smallH2,
  tcpRr,
  tcpBulk,
  tls,
  tlsNew,
  tlsResume,
  tlsBulk,
  idle,
  routes10k,
  paced,
];
