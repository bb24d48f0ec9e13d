/**
 * Nothing that we accept can be used to smuggle: what we write for it is read by our own reader, by llhttp and by
 * two gullible upstreams as exactly the messages that we meant, with the same bodies (differential.ts). The
 * bytes are legal messages one behind the other, and messages that were changed as attackers change them.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { createRandom } from "../../src/base/random.ts";
import { mutated } from "../fuzz/mutate.ts";
import { REQUEST_SEEDS } from "../fuzz/seeds.ts";
import { anyAnswer, anyCuts, anyRequest, cut } from "./arbitrary-messages.ts";
import { disagreement, responseDisagreement } from "./differential.ts";
import { forwardRequests, forwardResponses, TRUSTED, UNTRUSTED } from "./forward.ts";

/** They take a second; a busy machine may need several times that. */
const TIMEOUT_MS = 60_000;

test(
  "others read legal requests on one connection as we do",
  () => {
    fc.assert(
      fc.property(fc.array(anyRequest, { maxLength: 4 }), anyCuts, fc.boolean(), (models, cuts, trusted) => {
        const bytes = models.map((model) => model.bytes).join("");
        const forwarded = forwardRequests(cut(bytes, cuts), trusted ? TRUSTED : UNTRUSTED);
        expect(forwarded.violation).toBe(null);
        expect(forwarded.messages.map((message) => message.body)).toEqual(models.map((model) => model.body));
        expect(disagreement(forwarded)).toBe(null);
      }),
      { numRuns: 1_000 },
    );
  },
  TIMEOUT_MS,
);

test(
  "others read whatever else we accept as we do",
  () => {
    const seed = fc.integer({ min: 1, max: 0xffff_ffff });
    fc.assert(
      fc.property(seed, fc.boolean(), (word, trusted) => {
        const random = createRandom([word, 1, 2, 3]);
        for (let left = 20; left > 0; left--) {
          const text = mutated(random, REQUEST_SEEDS);
          const problem = disagreement(forwardRequests([text], trusted ? TRUSTED : UNTRUSTED));
          expect({ text, problem }).toEqual({ text, problem: null });
        }
      }),
      { numRuns: 300 },
    );
  },
  TIMEOUT_MS,
);

test(
  "others read legal answers on one connection as we do",
  () => {
    fc.assert(
      fc.property(fc.array(anyAnswer, { minLength: 1, maxLength: 4 }), anyCuts, (models, cuts) => {
        const bytes = models.map((model) => model.bytes).join("");
        const requests = models.map(({ method }) => ({ method, upgrade: false, upgradeTo: "" }));
        for (const clientVersion of [0, 1]) {
          const forwarded = forwardResponses(cut(bytes, cuts), requests, clientVersion);
          expect(forwarded.violation).toBe(null);
          expect(responseDisagreement(forwarded, clientVersion)).toBe(null);
        }
      }),
      { numRuns: 1_000 },
    );
  },
  TIMEOUT_MS,
);
