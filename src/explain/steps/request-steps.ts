/** The request as it was received, and its path as it is compared. */

import { RequestView } from "../../exchange/request-view.ts";
import { BODY } from "../../protocol/http/framing.ts";
import { requestBytes } from "../request.ts";
import { type Matter, type Step, step } from "./step.ts";

/** As sent, because a head that cannot be read has no parts. */
export function receivedStep({ decision }: Matter): Step {
  const { method, url } = decision.request;
  const { head } = decision.http!;
  const [, ...fields] = requestBytes(decision.request).toString().trimEnd().split("\r\n");
  return step("request", `${method} ${url.target}`, {
    remark: fields.join("\n"),
    facts: { method, target: url.target, fields, has_body: head.framing.kind !== BODY.none },
  });
}

/** Nothing when the path has no normal form: the answer says so. */
export function pathSteps({ decision }: Matter): Step[] {
  const { head, client } = decision.http!;
  const view = RequestView.of(head, client);
  if (view === null) return [];
  const received = head.target().split("?", 1)[0]!;
  const remark = view.isNormal ? null : `normalised; received as ${received}`;
  const facts = { path: view.path, received, query: view.query };
  return [step("path", view.path, { remark, facts })];
}
