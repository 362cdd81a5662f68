import type { Argument } from '../../contracts/redis.js';
import { countDigits, type Hole, writeDigits } from './hole.js';

/** One argument: a list is its parts side by side, of which some vary. */
export type TemplateArgument = Argument | readonly (Argument | Hole)[];

/** Stands before the body of an argument whose length is known only once its holes are drawn. */
class Length {
  value = 0;

  constructor(
    private readonly constant: number,
    private readonly holes: readonly Hole[],
  ) {}

  /** Gives how many bytes it takes itself: `$12\r\n`. */
  measure(): number {
    let value = this.constant;
    for (let index = 0; index < this.holes.length; index++) value += this.holes[index]!.length;
    this.value = value;
    return countDigits(value) + 3;
  }

  write(target: Buffer, at: number): number {
    const digits = countDigits(this.value);
    target[at] = DOLLAR;
    writeDigits(target, at + 1, this.value, digits);
    target[at + 1 + digits] = CR;
    target[at + 2 + digits] = LF;
    return at + 3 + digits;
  }
}

type Piece = Buffer | Hole | Length;

const [CR, LF, DOLLAR] = [13, 10, 36];

/** A command, compiled once into bytes with holes. An operation is measured, and then written: nothing is kept of it. */
export class CommandTemplate {
  /** Every operation is as long as any other, so that one can be patched into the bytes of another. */
  readonly isFixed: boolean;
  /** Of the key that decides on the node, in what was measured last; both 0 without one. */
  keyStart = 0;
  keyEnd = 0;
  readonly #pieces: readonly Piece[];
  readonly #holes: readonly Hole[];
  /** Where each hole is, in a command of fixed length. */
  readonly #places: readonly number[];
  readonly #keyPieces: readonly [first: number, behind: number];
  #length = 0;

  /** `keyIndex` is the key's place, 0 being the command's name. */
  constructor(args: readonly TemplateArgument[], keyIndex?: number) {
    const { pieces, keyPieces } = compile(args, keyIndex);
    this.#pieces = pieces;
    this.#keyPieces = keyPieces;
    this.#holes = pieces.filter(isHole);
    this.isFixed = !pieces.some((piece) => piece instanceof Length);
    const places: number[] = [];
    this.#measurePieces(places);
    this.#places = places;
  }

  /** Draws what varies for the operation of this number, and gives the length of the command. */
  measure(operation: number): number {
    const holes = this.#holes;
    for (let index = 0; index < holes.length; index++) holes[index]!.draw(operation);
    if (!this.isFixed) this.#measurePieces();
    return this.#length;
  }

  write(target: Buffer, at: number): void {
    let to = at;
    for (let index = 0; index < this.#pieces.length; index++) {
      const piece = this.#pieces[index]!;
      if (piece instanceof Uint8Array) to = append(target, to, piece);
      else if (piece instanceof Length) to = piece.write(target, to);
      else {
        piece.write(target, to);
        to += piece.length;
      }
    }
  }

  /** Writes only what varies, over an earlier operation of this template, whose length is fixed. */
  patch(target: Buffer, at: number): void {
    const holes = this.#holes;
    for (let index = 0; index < holes.length; index++) holes[index]!.write(target, at + this.#places[index]!);
  }

  #measurePieces(places?: number[]): void {
    const [first, behind] = this.#keyPieces;
    let at = 0;
    for (let index = 0; index < this.#pieces.length; index++) {
      const piece = this.#pieces[index]!;
      if (index === first) this.keyStart = at;
      if (piece instanceof Length) at += piece.measure();
      else {
        if (places && !(piece instanceof Uint8Array)) places.push(at);
        at += piece.length;
      }
      if (index === behind - 1) this.keyEnd = at;
    }
    this.#length = at;
  }
}

interface Compiled {
  readonly pieces: Piece[];
  readonly keyPieces: readonly [number, number];
}

function compile(args: readonly TemplateArgument[], keyIndex: number | undefined): Compiled {
  const pieces: Piece[] = [];
  let keyPieces: readonly [number, number] = [-1, -1];
  let constant = `*${args.length}\r\n`;
  const flush = (): number => {
    if (constant !== '') pieces.push(Buffer.from(constant, 'latin1'));
    constant = '';
    return pieces.length;
  };
  for (const [index, argument] of args.entries()) {
    const given = isList(argument) ? argument : [argument];
    const parts = given.map((part) => (isHole(part) ? part : latin1(part)));
    const holes = parts.filter(isHole);
    const known = parts.reduce((sum, part) => sum + (isHole(part) && !part.isFixed ? 0 : part.length), 0);
    if (holes.every(({ isFixed }) => isFixed)) constant += `$${known}\r\n`;
    else {
      const varying = holes.filter(({ isFixed }) => !isFixed);
      flush();
      pieces.push(new Length(known, varying));
    }
    const first = index === keyIndex ? flush() : 0;
    for (const part of parts) {
      if (!isHole(part)) constant += part;
      else {
        flush();
        pieces.push(part);
      }
    }
    if (index === keyIndex) keyPieces = [first, flush()];
    constant += '\r\n';
  }
  flush();
  return { pieces, keyPieces };
}

/** The bytes of an argument as a string of as many letters. */
function latin1(argument: Argument): string {
  return Buffer.from(argument instanceof Uint8Array ? argument : String(argument)).toString('latin1');
}

const isList = (argument: TemplateArgument): argument is readonly (Argument | Hole)[] => Array.isArray(argument);

const isHole = <T>(part: T | Hole): part is Hole => typeof part === 'object' && part !== null && 'draw' in part;

/** A call costs more than these few bytes do. */
const SHORT = 24;

function append(target: Buffer, at: number, bytes: Buffer): number {
  if (bytes.length > SHORT) target.set(bytes, at);
  else for (let index = 0; index < bytes.length; index++) target[at + index] = bytes[index]!;
  return at + bytes.length;
}
