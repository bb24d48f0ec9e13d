/** The formats that can be converted, as `--from` names them. */
import type { ConvertFormat } from "./convert-format.ts";
import { gatewayApi } from "./gateway-api/index.ts";
import { httpd } from "./httpd/index.ts";
import { ingress } from "./ingress/index.ts";
import { liteginx } from "./liteginx/index.ts";
import { nginx } from "./nginx/index.ts";

export const CONVERT_FORMATS: readonly ConvertFormat[] = [liteginx, nginx, httpd, ingress, gatewayApi];
