/**
 * One certificate from the authority, step by step (RFC 8555 section 7.4): an order, the proof that the name is ours, a
 * request to be signed, the chain. Step by step and not by the library's own `auto`, which takes any challenge there is
 * when the wanted one is not offered.
 */
import type { Authorization, Client, Order } from "acme-client";
import type { AskedProof, Solver } from "./solver.ts";

export interface OrderedCertificate {
  readonly name: string;
  /** PEM. */
  readonly csr: Buffer;
}

/** @returns the chain in PEM. Rejects with what the authority or a step of ours said. */
export async function orderCertificate(
  client: Client,
  { name, csr }: OrderedCertificate,
  solver: Solver,
): Promise<string> {
  const order = await client.createOrder({ identifiers: [{ type: "dns", value: name }] });
  for (const authorization of await client.getAuthorizations(order)) {
    // Shown a while ago, and the authority remembers.
    if (authorization.status !== "valid") await prove(client, name, authorization, solver);
  }
  const finalized: Order = await client.finalizeOrder(order, csr);
  return client.getCertificate(finalized);
}

async function prove(
  client: Client,
  ordered: string,
  authorization: Authorization,
  solver: Solver,
): Promise<void> {
  // What is put in place goes by the name that was ordered, whatever the authority calls it.
  const name = ordered.replace(/^\*\./, "");
  if (authorization.identifier.value !== name)
    throw new Error("the authority asks about a name that was not ordered");
  const challenge = authorization.challenges.find(({ type }) => type === solver.kind);
  if (challenge === undefined) {
    const offered = authorization.challenges.map(({ type }) => type).join(", ");
    throw new Error(`the authority offers no ${solver.kind} for this name, but ${offered || "nothing"}`);
  }
  const answer = await client.getChallengeKeyAuthorization(challenge);
  const asked: AskedProof = { name, token: challenge.token, answer };
  try {
    await solver.present(asked);
    await client.completeChallenge(challenge);
    await client.waitForValidStatus(challenge);
  } catch (error) {
    // Authorities count those that are left open. It did fail already, so what comes of this does not matter.
    await client.deactivateAuthorization(authorization).catch(() => {});
    throw error;
  } finally {
    // What is left behind answers nobody any more; that it is there must not cost the certificate.
    await solver.remove(asked).catch(() => {});
  }
}
