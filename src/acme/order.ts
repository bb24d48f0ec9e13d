/**
 * One certificate from the authority, step by step (RFC 8555 section 7.4): an order, the proof that the name is ours, a
 * request to be signed, the chain. Step by step and not by the library's own `auto`, which takes any challenge there is
 * when the wanted one is not offered.
 */
import type { Authorization, Client, Order } from "acme-client";
import type { Heard } from "./heard.ts";
import type { AskedProof, Solver } from "./solver.ts";

export interface OrderedCertificate {
  readonly name: string;
  /** PEM. */
  readonly csr: Buffer;
  /** The id of the certificate that it comes in place of (RFC 9773 section 5), or null. */
  readonly replaces: string | null;
}

/** @returns the chain in PEM. Rejects with what the authority or a step of ours said. */
export async function orderCertificate(
  client: Client,
  ordered: OrderedCertificate,
  solver: Solver,
  heard: Heard,
): Promise<string> {
  const { name, csr } = ordered;
  const order = await placeOrder(client, ordered, heard);
  // One name, one proof: a list of addresses to be called is not for the authority to make up.
  if (order.authorizations.length !== 1)
    throw new Error("the authority wants another number of proofs than names");
  for (const authorization of await client.getAuthorizations(order)) {
    // Shown a while ago, and the authority remembers.
    if (authorization.status !== "valid") await prove(client, name, authorization, solver);
  }
  const finalized: Order = await client.finalizeOrder(order, csr);
  return client.getCertificate(finalized);
}

/** Whether an order replaces anything is a courtesy, with limits that are kinder; it must not cost the certificate. */
async function placeOrder(client: Client, ordered: OrderedCertificate, heard: Heard): Promise<Order> {
  const { name, replaces } = ordered;
  const plain = { identifiers: [{ type: "dns", value: name }] };
  if (replaces === null) return client.createOrder(plain);
  try {
    return await client.createOrder({ ...plain, replaces } as typeof plain);
  } catch (error) {
    if (!REPLACES_NOTHING.has(heard.problem)) throw error;
    return client.createOrder(plain);
  }
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

/** What authorities say of a certificate that has been replaced, that they do not know or that was another account's. */
const REPLACES_NOTHING: ReadonlySet<string | null> = new Set([
  "alreadyReplaced",
  "malformed",
  "unauthorized",
]);
