import { describe } from "bun:test";
import { feedResponses } from "./feed-cases.ts";
import { RESPONSE_LIMITS } from "./limits.cases.ts";
import { PINNED_RESPONSES } from "./pinned.cases.ts";
import { ACCEPTED_RESPONSES, REFUSED_RESPONSES } from "./response.cases.ts";

describe("answers that are accepted", () => feedResponses(ACCEPTED_RESPONSES));
describe("answers that are refused", () => feedResponses(REFUSED_RESPONSES));
describe("limits of answers", () => feedResponses(RESPONSE_LIMITS));
describe("answers that were found", () => feedResponses(PINNED_RESPONSES));
