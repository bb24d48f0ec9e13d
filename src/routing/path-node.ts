/**
 * The tree of path templates, one level per segment. A node is up to three places for rules: those whose
 * template ends there exactly, with a slash, or as a prefix. `PathIndex` walks the finished tree.
 */
import { added, type Candidate, ordered } from "./candidate.ts";
import type { PathTemplate } from "./path-template.ts";

/** What a walk reads comes first, so that it lies in one cache line. */
export class PathNode<T> {
  /** Its position in the tree's nodes. */
  readonly id: number;
  /** Captures on the way here. */
  readonly depth: number;
  /** Whether anything hangs below, literal or capture. */
  branches = false;
  capture: PathNode<T> | null = null;
  /** Rules for exactly this path. */
  exact: Candidate<T> | null = null;
  /** Rules for paths that go on with a slash: `/api/`, `/files/{*rest}`. */
  below: Candidate<T> | null = null;
  /** Rules for this path and all below it. */
  prefix: Candidate<T> | null = null;
  /** The id of the parent and the literal that leads here; null for the root of a host and for captures. */
  readonly edge: { readonly scope: number; readonly text: string } | null;

  constructor(id: number, depth: number, edge: { readonly scope: number; readonly text: string } | null) {
    this.id = id;
    this.depth = depth;
    this.edge = edge;
  }

  /** Puts every place in order. */
  sort(): void {
    if (this.exact !== null) this.exact = ordered(this.exact);
    if (this.below !== null) this.below = ordered(this.below);
    if (this.prefix !== null) this.prefix = ordered(this.prefix);
  }
}

export class PathTree<T> {
  readonly nodes: PathNode<T>[] = [];
  /** By the parent's id and the segment. */
  readonly #children = new Map<string, PathNode<T>>();

  /** The root of another host's paths. */
  addRoot(): PathNode<T> {
    return this.#add(0, null);
  }

  addExact(root: PathNode<T>, path: string, candidate: Candidate<T>): void {
    let node = root;
    for (const segment of path.split("/").slice(1)) node = this.#literal(node, segment);
    node.exact = added(node.exact, candidate);
  }

  addTemplate(root: PathNode<T>, template: PathTemplate, candidate: Candidate<T>): void {
    let node = root;
    for (const segment of template.segments) {
      node = segment === null ? this.#capture(node) : this.#literal(node, segment);
    }
    if (template.below) node.below = added(node.below, candidate);
    else node.prefix = added(node.prefix, candidate);
  }

  #literal(parent: PathNode<T>, text: string): PathNode<T> {
    const key = `${parent.id}/${text}`;
    const known = this.#children.get(key);
    if (known !== undefined) return known;
    const node = this.#add(parent.depth, { scope: parent.id, text });
    parent.branches = true;
    this.#children.set(key, node);
    return node;
  }

  #capture(parent: PathNode<T>): PathNode<T> {
    parent.capture ??= this.#add(parent.depth + 1, null);
    parent.branches = true;
    return parent.capture;
  }

  #add(depth: number, edge: { readonly scope: number; readonly text: string } | null): PathNode<T> {
    const node = new PathNode<T>(this.nodes.length, depth, edge);
    this.nodes.push(node);
    return node;
  }
}
