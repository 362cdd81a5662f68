import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';

/** What all parts measured last; REDRILL_BENCH_JSON names another file. */
const FILE = process.env.REDRILL_BENCH_JSON ?? path.join(import.meta.dirname, 'results.json');

export type Row = Readonly<Record<string, string | number>>;

/** Prints a part's table, and puts it beside the other parts' in the file. */
export function report(part: string, rows: Readonly<Record<string, Row>>): void {
  console.table(rows);
  const machine = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processors: availableParallelism(),
    model: cpus()[0]?.model ?? '',
  };
  const measured = { at: new Date().toISOString(), machine, rows: mapValues(rows, (row) => mapValues(row, asNumber)) };
  mkdirSync(path.dirname(path.resolve(FILE)), { recursive: true });
  writeFileSync(FILE, `${JSON.stringify({ ...known(), [part]: measured }, null, 2)}\n`);
}

function known(): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, unknown>; // written above
  } catch {
    return {};
  }
}

const asNumber = (cell: string | number): string | number =>
  typeof cell === 'string' && /^-?\d+(\.\d+)?$/.test(cell) ? Number(cell) : cell;

const mapValues = <T, R>(values: Readonly<Record<string, T>>, change: (value: T) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
