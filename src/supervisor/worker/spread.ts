/**
 * Keeps connections evenly spread over workers. The kernel chooses a worker by a hash of the client's address and port,
 * which is even in the long run and far from it for a few hundred connections that stay. So a worker that accepts one
 * while it has clearly more than another hands it on, once: the descriptor goes into the other's mailbox and nobody
 * outside notices. Where connections do not stay, none ever has clearly more, and what counts is who has had more of them
 * lately. Who has how many, and has had how many, stands in the shared memory.
 */
import { sendDescriptors } from "../../io/descriptor-passing.ts";
import type { Posix } from "../../io/posix.ts";

/** What is known of everybody's load, by seat. */
export interface Loads {
  connections(seat: number): number;
  /** How many it has had, so to speak: only differences mean anything. */
  turns(seat: number): number;
  /** Whether the worker takes connections. */
  serves(seat: number): boolean;
  /** Handed by the one to the other, and not there yet. */
  underWay(from: number, to: number): number;
  /** One more is under way from here. */
  countSent(to: number): void;
  /** None is under way from here; the worker has just been met. */
  countNone(to: number): void;
}

/** The way to another worker; the descriptors belong to whoever holds this. */
export interface Mailbox {
  readonly seat: number;
  readonly pid: number;
  /** Takes descriptors. */
  readonly box: number;
  /** A byte on it says that there are some. */
  readonly bell: number;
}

export class Spread {
  readonly #calls: Posix;
  readonly #seat: number;
  readonly #loads: Loads;
  #peers: readonly Mailbox[] = [];

  constructor(calls: Posix, seat: number, loads: Loads) {
    this.#calls = calls;
    this.#seat = seat;
    this.#loads = loads;
  }

  /** In place of those known until now. None: nothing is handed on. */
  usePeers(mailboxes: readonly Mailbox[]): void {
    const before = this.#peers;
    this.#peers = mailboxes;
    for (const { box, bell } of before) {
      this.#calls.close(box);
      this.#calls.close(bell);
    }
    for (const { seat, pid } of mailboxes) {
      if (!before.some((each) => each.seat === seat && each.pid === pid)) this.#loads.countNone(seat);
    }
  }

  /**
   * Whether a connection that has just been accepted is another's now; the descriptor is still to be closed here.
   * @param own how many this worker has without it
   * @param listener its number in every worker
   */
  handOn(descriptor: number, listener: number, own: number): boolean {
    const peer = this.#leastLoaded(own) ?? this.#longestWaiting(own);
    if (peer === null) return false;
    const sent = sendDescriptors(this.#calls, peer.box, [descriptor], noteOf({ listener, from: this.#seat }));
    if (!sent.ok) return false;
    this.#loads.countSent(peer.seat);
    this.#calls.sendto(peer.bell, RING, RING.length, MSG_NOSIGNAL, null, 0);
    return true;
  }

  /**
   * Null when nobody has clearly fewer. What is on its way to others is looked for only where it decides, since it is a
   * number for each pair of workers.
   */
  #leastLoaded(own: number): Mailbox | null {
    const ownCount = own + this.#underWayTo(this.#seat);
    let least: Mailbox | null = null;
    let leastCount = ownCount;
    for (const peer of this.#peers) {
      let count = this.#loads.connections(peer.seat);
      if (count >= leastCount || ownCount - count <= tolerated(count)) continue;
      if (!this.#loads.serves(peer.seat)) continue;
      count += this.#underWayTo(peer.seat) + this.#loads.underWay(this.#seat, peer.seat);
      if (count >= leastCount || ownCount - count <= tolerated(count)) continue;
      least = peer;
      leastCount = count;
    }
    return least;
  }

  /** Null when nobody has had clearly fewer than this worker, and no more now. */
  #longestWaiting(own: number): Mailbox | null {
    let longest: Mailbox | null = null;
    let fewest = this.#loads.turns(this.#seat) - TURNS_TOLERATED;
    for (const peer of this.#peers) {
      const turns = this.#loads.turns(peer.seat);
      if (turns >= fewest || this.#loads.connections(peer.seat) > own) continue;
      const underWay = this.#underWayTo(peer.seat) + this.#loads.underWay(this.#seat, peer.seat);
      if (turns + underWay >= fewest || this.#loads.connections(peer.seat) + underWay > own) continue;
      if (!this.#loads.serves(peer.seat)) continue;
      longest = peer;
      fewest = turns + underWay;
    }
    return longest;
  }

  /** From everybody but this worker. */
  #underWayTo(seat: number): number {
    let count = 0;
    for (const peer of this.#peers) if (peer.seat !== seat) count += this.#loads.underWay(peer.seat, seat);
    return count;
  }
}

/**
 * Moving a connection costs some 30 µs, so small differences stay: one, and a tenth. What follows for requests is
 * within 15 % of even from some 16 connections for each worker on.
 */
function tolerated(leastCount: number): number {
  return 1 + leastCount / 10;
}

/** By chance alone two workers are as far apart all the time: fewer than one connection in thirty is moved for it. */
const TURNS_TOLERATED = 16;

/** What travels with a descriptor. */
export interface Letter {
  readonly listener: number;
  /** The seat of the sender. */
  readonly from: number;
}

export function noteOf({ listener, from }: Letter): number {
  return listener * SEATS + from;
}

export function letterOf(note: number): Letter {
  return { listener: Math.floor(note / SEATS), from: note % SEATS };
}

/** More than there may be of processes (worker-count, seats); 32 bits leave room for four million listeners. */
const SEATS = 1_024;
const RING = new Uint8Array([1]);
const MSG_NOSIGNAL = 0x4000;
