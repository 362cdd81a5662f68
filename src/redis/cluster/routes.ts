import { exists, hasFlag } from '@ioredis/commands';
import type { Argument } from '../../contracts/redis.js';
import { nameOf, textOf } from '../commands.js';
import { keyIndexes } from '../names.js';
import type { Place } from './links.js';
import { slotOf, slotOfPattern } from './slot.js';
import type { Topology } from './topology.js';

/** A command on its way. */
export interface Item {
  readonly command: readonly Argument[];
  /** Its place among the replies; undefined for what is sent for our own sake. */
  readonly index: number | undefined;
  /** It goes there, whatever its keys. */
  readonly node?: string;
  /** The node imports its slot. */
  readonly asking?: boolean;
  /** Nobody wants to be redirected. */
  readonly stays?: boolean;
  readonly fromPrimary?: boolean;
}

export interface Step extends Item {
  readonly place: Place;
}

/** The node that holds WATCH or MULTI: what follows belongs there. */
interface Pin {
  readonly node: string;
  readonly multi: boolean;
  /** MULTI alone was sent, so that it can still begin elsewhere. */
  readonly movable: boolean;
}

export interface Plan {
  readonly steps: readonly Step[];
  readonly pin: Pin | null;
  readonly lastWrite: string | undefined;
  /** A replica was to be asked, and none is known. */
  readonly lacksReplica: boolean;
}

export interface RouteOptions {
  readonly isCluster: boolean;
  readonly fromReplica: boolean;
  /** Which of the replicas, so that connections spread over them and each keeps to one. */
  readonly turn: number;
}

/** Says where commands go: by their keys, by the transaction that they belong to, else to the home node. */
export class Routes {
  #pin: Pin | null = null;
  #lastWrite: string | undefined;

  constructor(
    private readonly topology: Topology,
    private readonly options: RouteOptions,
    public home: string,
  ) {}

  get isWatching(): boolean {
    return this.#pin !== null;
  }

  /** Changes nothing: a plan may be made anew before it is carried out. Undefined while the nodes are not known. */
  plan(items: readonly Item[]): Plan | undefined {
    const steps: Step[] = [];
    let pin = this.#pin;
    let lastWrite = this.#lastWrite;
    let lacksReplica = false;
    for (const [position, item] of items.entries()) {
      const name = nameOf(item.command);
      const slot = this.#slotOf(item.command);
      // Nothing can be asked of a connection that is in MULTI.
      const mustKnow = slot !== undefined || (name === 'MULTI' && this.options.isCluster);
      if (mustKnow && !this.topology.isKnown && item.node === undefined) return undefined;
      const owner = item.node ?? (slot === undefined ? undefined : (this.topology.primaryOf(slot) ?? this.home));
      if (pin?.multi) {
        if (pin.movable && owner !== undefined && owner !== pin.node) {
          steps.push(quiet('DISCARD', pin.node), quiet('MULTI', owner));
          pin = { ...pin, node: owner };
        }
        steps.push({ ...item, stays: true, place: at(pin.node) });
        pin = name === 'EXEC' || name === 'DISCARD' ? null : { ...pin, movable: false };
      } else if (name === 'MULTI') {
        const first = pin ? undefined : this.#firstOwner(items.slice(position + 1));
        const node: string = item.node ?? pin?.node ?? first ?? this.home;
        steps.push({ ...item, place: at(node) });
        pin = { node, multi: true, movable: pin === null && item.node === undefined };
      } else if (WAITS.has(name) && this.options.isCluster) {
        steps.push({ ...item, place: at(item.node ?? pin?.node ?? lastWrite ?? this.home) });
      } else {
        const reads = this.#wantsReplica(name, item, slot) ? this.#replicaOf(slot) : undefined;
        lacksReplica ||= reads === undefined && this.#wantsReplica(name, item, slot);
        const node: string = owner ?? pin?.node ?? this.home;
        steps.push({ ...item, place: reads ?? at(node) });
        if (name === 'WATCH') pin = { node, multi: false, movable: false };
        if (name === 'UNWATCH') pin = null;
        if (owner !== undefined && !isReading(name)) lastWrite = owner;
      }
    }
    return { steps, pin, lastWrite, lacksReplica };
  }

  commit({ pin, lastWrite }: Plan): void {
    this.#pin = pin;
    this.#lastWrite = lastWrite;
  }

  /** The link to the node broke, and WATCH and MULTI with it. */
  lost(node: string): void {
    if (this.#pin?.node === node) this.#pin = null;
  }

  /** The home node has told its name. */
  rename(home: string): void {
    if (this.#pin?.node === this.home) this.#pin = { ...this.#pin, node: home };
    this.home = home;
  }

  #firstOwner(items: readonly Item[]): string | undefined {
    for (const { command } of items) {
      const slot = this.#slotOf(command);
      if (slot !== undefined) return this.topology.primaryOf(slot) ?? this.home;
    }
    return undefined;
  }

  #slotOf(command: readonly Argument[]): number | undefined {
    if (this.options.isCluster) return slotOfCommand(command);
    // Who has replicas, and no slots, has all keys in one.
    return this.options.fromReplica && isReading(nameOf(command)) ? 0 : undefined;
  }

  #wantsReplica(name: string, item: Item, slot: number | undefined): slot is number {
    const free = item.node === undefined && !item.fromPrimary;
    return this.options.fromReplica && slot !== undefined && free && isReading(name);
  }

  #replicaOf(slot: number): Place | undefined {
    const replicas = this.topology.replicasOf(slot);
    const node = replicas[this.options.turn % replicas.length];
    return node === undefined ? undefined : { node, readOnly: true };
  }
}

/** They ask about what this connection wrote before. */
const WAITS = new Set(['WAIT', 'WAITAOF']);

const at = (node: string): Place => ({ node, readOnly: false });
const quiet = (command: string, node: string): Step => ({ command: [command], index: undefined, place: at(node) });

/** Undefined for what has no key. */
export function slotOfCommand(command: readonly Argument[]): number | undefined {
  const [index] = keyIndexes(command);
  if (index !== undefined) return slotOf(command[index] ?? '');
  const pattern = patternOf(command);
  return pattern === undefined ? undefined : slotOfPattern(pattern);
}

/** A pattern that holds a hash tag matches keys of one slot alone, so its node tells all. */
function patternOf(command: readonly Argument[]): string | undefined {
  const words = command.map(textOf);
  if (nameOf(command) === 'KEYS') return words[1];
  if (nameOf(command) !== 'SCAN') return undefined;
  const match = words.findLastIndex((word, index) => index % 2 === 0 && word.toUpperCase() === 'MATCH');
  return match > 0 ? words[match + 1] : undefined;
}

/** The table says of these only that they have subcommands. */
const READING = new Set(['OBJECT', 'XINFO']);

function isReading(name: string): boolean {
  const known = name.toLowerCase();
  return READING.has(name) || (exists(known) && hasFlag(known, 'readonly'));
}
