import type { ServerFacts } from '../contracts/target.js';
import { commandName } from '../redis/commands.js';

/** At least one of each list must hold; an empty one asks nothing. */
export interface RequirementTexts {
  readonly server: readonly string[];
  readonly topology: readonly string[];
}

const SERVER = /^(redis|valkey)(?:\s*(>=|<=|>|<|=)\s*(\d+(?:\.\d+){0,2}))?$/;
const TOPOLOGIES = ['standalone', 'cluster'];

/** What is wrong with one entry of `requires`, if anything. */
export function checkRequirement(
  kind: 'server' | 'topology',
  text: string,
): { message: string; next: string } | undefined {
  if (kind === 'topology') {
    if (TOPOLOGIES.includes(text)) return undefined;
    return { message: `unknown topology "${text}"`, next: `known: ${TOPOLOGIES.join(', ')}` };
  }
  if (SERVER.test(text)) return undefined;
  return { message: `"${text}" is not a requirement on a server`, next: 'write `redis >= 7.0` or `valkey`' };
}

/** The command that an entry of `requires.commands` names, or what is wrong with it. */
export function requiredCommand(text: string): { name: string; problem?: { message: string; next: string } } {
  const [first = '', second, ...more] = text.trim().toUpperCase().split(/\s+/);
  const name = commandName(first, second);
  if (name === undefined)
    return {
      name: text,
      problem: { message: `"${text}" has subcommands`, next: `write it with one: \`${first} NAME\`` },
    };
  const words = /^[A-Z][A-Z0-9_.-]*(?: [A-Z][A-Z0-9-]*)?$/;
  if (more.length > 0 || !words.test(name) || name !== [first, second].filter(Boolean).join(' '))
    return {
      name: text,
      problem: { message: `"${text}" is not the name of a command`, next: 'write `WAIT`, or `CLIENT KILL`' },
    };
  return { name };
}

/** Why a server does not meet the requirements; undefined when it does. */
export function unmetRequirement(requires: RequirementTexts, server: ServerFacts): string | undefined {
  const { engine, version, topology } = server;
  if (requires.server.length > 0 && !requires.server.some((text) => serverMeets(text, server))) {
    return `needs ${requires.server.join(' or ')}, and the server is ${engine} ${version}`;
  }
  if (requires.topology.length > 0 && !requires.topology.includes(topology)) {
    return `needs a ${requires.topology.join(' or ')} topology, and the server is ${topology}`;
  }
  return undefined;
}

function serverMeets(text: string, { engine, version }: ServerFacts): boolean {
  const [, wanted, operator, than] = SERVER.exec(text) ?? [];
  if (wanted !== engine) return false;
  if (operator === undefined || than === undefined) return true;
  const order = compareVersions(version, than);
  switch (operator) {
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    default:
      return order === 0;
  }
}

/** Compares as many parts as the second version names: 7.2.4 equals 7.2. */
function compareVersions(version: string, than: string): number {
  const parts = version.split('.').map(Number);
  for (const [index, part] of than.split('.').map(Number).entries()) {
    const difference = (parts[index] ?? 0) - part;
    if (difference !== 0) return difference;
  }
  return 0;
}
