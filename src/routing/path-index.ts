/**
 * Walks a request's path down the tree of templates, most specific first: at each segment the literal before
 * the capture, deeper before shallower; on the way back up the rules that end at a node. That order
 * is the contract's (exact, then the longest literal prefix), so the first rule that fits is the answer, and a
 * place whose rules ask for other methods or headers falls back to the next.
 *
 * A node is visited at most once per request: the tree bounds the walk, whatever the path.
 */
import { type Captured, firstHit } from "./candidate.ts";
import type { PathNode } from "./path-node.ts";
import type { RoutedRequest, RouteHit } from "./router.ts";
import { TextTable } from "./text-table.ts";
import type { TraceRecorder } from "./trace.ts";

export class PathIndex<T> {
  /** Literal children by parent and segment, and the nodes that the table's values stand for. */
  readonly #edges: TextTable;
  readonly #children: readonly PathNode<T>[];
  /** Rewritten by every walk: a router serves one request at a time, and never waits in between. */
  readonly #spans: Spans;

  /** @param nodes all nodes of a finished tree */
  constructor(nodes: readonly PathNode<T>[]) {
    this.#children = nodes.filter(({ edge }) => edge !== null);
    this.#edges = new TextTable(this.#children.map(({ edge }) => edge!));
    this.#spans = new Spans(nodes.reduce((most, { depth }) => Math.max(most, depth), 0) + 1);
  }

  find(root: PathNode<T>, request: RoutedRequest, recorder: TraceRecorder<T> | null): RouteHit<T> | null {
    this.#spans.path = request.path;
    return this.#walk(root, 0, request, recorder);
  }

  /** @param at where the segment that led to `node` ends: at a slash or at the end of the path */
  #walk(
    node: PathNode<T>,
    at: number,
    request: RoutedRequest,
    recorder: TraceRecorder<T> | null,
  ): RouteHit<T> | null {
    const spans = this.#spans;
    const { length } = request.path;
    let hit: RouteHit<T> | null = null;
    if (at < length) {
      if (node.branches) hit = this.#descend(node, at + 1, request, recorder);
      if (hit === null && node.below !== null) {
        spans.matchedLength = at;
        spans.set(node.depth, at + 1, length);
        hit = firstHit(node.below, request, spans, recorder);
      }
    } else if (node.exact !== null) {
      spans.matchedLength = at;
      hit = firstHit(node.exact, request, spans, recorder);
    }
    if (hit !== null || node.prefix === null) return hit;
    spans.matchedLength = at;
    return firstHit(node.prefix, request, spans, recorder);
  }

  #descend(
    node: PathNode<T>,
    from: number,
    request: RoutedRequest,
    recorder: TraceRecorder<T> | null,
  ): RouteHit<T> | null {
    const { path } = request;
    const slash = path.indexOf("/", from);
    const to = slash === -1 ? path.length : slash;
    const child = this.#edges.find(node.id, path, from, to);
    if (child !== -1) {
      const hit = this.#walk(this.#children[child]!, to, request, recorder);
      if (hit !== null) return hit;
    }
    // A capture stands for a segment with something in it: `/users//posts` has no user.
    if (node.capture === null || to === from) return null;
    this.#spans.set(node.depth, from, to);
    return this.#walk(node.capture, to, request, recorder);
  }
}

/** Where the captures of the walk so far lie in the path. A deeper capture never overwrites a shallower one. */
class Spans implements Captured {
  path = "";
  matchedLength = 0;
  readonly #bounds: Int32Array;

  constructor(captures: number) {
    this.#bounds = new Int32Array(captures * 2);
  }

  set(index: number, from: number, to: number): void {
    this.#bounds[index * 2] = from;
    this.#bounds[index * 2 + 1] = to;
  }

  capture(index: number): string {
    return this.path.slice(this.#bounds[index * 2], this.#bounds[index * 2 + 1]);
  }
}
