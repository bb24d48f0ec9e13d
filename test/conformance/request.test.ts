import { describe } from "bun:test";
import { feedRequests } from "./feed-cases.ts";
import { REQUEST_LIMITS } from "./limits.cases.ts";
import { PINNED_REQUESTS } from "./pinned.cases.ts";
import { ACCEPTED_REQUESTS } from "./request-accepted.cases.ts";
import { REFUSED_BODIES } from "./request-body.cases.ts";
import { REFUSED_REQUESTS } from "./request-refused.cases.ts";

describe("requests that are accepted", () => feedRequests(ACCEPTED_REQUESTS));
describe("requests that are refused", () => feedRequests(REFUSED_REQUESTS));
describe("bodies that are refused", () => feedRequests(REFUSED_BODIES));
describe("limits of requests", () => feedRequests(REQUEST_LIMITS));
describe("requests that were found", () => feedRequests(PINNED_REQUESTS));
