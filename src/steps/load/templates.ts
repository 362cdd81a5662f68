import type { ArgumentPart, BoundExpression } from '../../contracts/fields.js';
import type { Argument } from '../../contracts/redis.js';
import type { StepContext } from '../../contracts/step.js';
import { ScenarioError } from '../../errors.js';
import { renderValue } from '../../expression/template.js';
import { keyIndexes } from '../../redis/names.js';
import { type Distribution, sequential, uniform, zipfian } from '../../wire/command/distribution.js';
import { Digits, Filler, fillerText, type Hole, Text } from '../../wire/command/hole.js';
import { CommandTemplate, type TemplateArgument } from '../../wire/command/template.js';
import type { KeySpace, LoadInput, Parts } from './input.js';

/** Streams of random numbers. */
const [KEYS, VALUES] = [0, 1];

/** What `key` and `value` are in each operation of a load. */
export class Variation {
  readonly #key: Distribution | undefined;
  readonly #constantValue: string | undefined;
  readonly #valueAt: ((operation: number) => string) | undefined;

  constructor(
    private readonly input: Pick<LoadInput, 'keys' | 'size' | 'values'>,
    seed: number,
  ) {
    const { keys, size, values } = input;
    this.#key = keys && distributionOf(keys, seed);
    if (size?.constant) this.#constantValue = fillerText(size.evaluate({ index: 0 }));
    else if (size) this.#valueAt = (index) => fillerText(size.evaluate({ index }));
    if (values) {
      const pick = uniform(values.length, seed, VALUES);
      this.#valueAt = (operation) => values[pick(operation)]!;
    }
  }

  /** The part of a command that an expression stands for. */
  partOf(expression: BoundExpression): Argument | Hole {
    switch (expression.source) {
      case 'index':
        return new Digits((operation) => operation);
      case 'key':
        return new Digits(this.#key ?? missing('key', 'keys: { count: … }'));
      case 'value':
        return this.#value();
      default:
        return new Text((operation) => this.textOf(expression, operation));
    }
  }

  textOf(expression: BoundExpression, operation: number): string {
    const key = this.#key?.(operation);
    const value = this.#constantValue ?? this.#valueAt?.(operation);
    const given = expression.evaluate({
      index: operation,
      ...(key !== undefined && { key }),
      ...(value !== undefined && { value }),
    });
    if (given !== null && given !== undefined && !Array.isArray(given)) return renderValue(given);
    throw new ScenarioError(
      `\${{ ${expression.source} }} is ${Array.isArray(given) ? 'a list' : 'null'} in operation ${operation} of load`,
      {
        next: 'give one argument a text or a number',
      },
    );
  }

  #value(): Argument | Hole {
    if (this.#constantValue !== undefined) return this.#constantValue;
    const { size } = this.input;
    if (size) return new Filler((index) => size.evaluate({ index }));
    return new Text(this.#valueAt ?? missing('value', 'size: 64B'));
  }
}

function missing(name: string, what: string): never {
  throw new ScenarioError(`a command of load names \`${name}\`, and nothing says what it is`, {
    next: `add \`${what}\``,
  });
}

function distributionOf({ count, distribution, exponent }: KeySpace, seed: number): Distribution {
  switch (distribution) {
    case 'uniform':
      return uniform(count, seed, KEYS);
    case 'zipfian':
      return zipfian(count, seed, KEYS, exponent);
    case 'sequential':
      return sequential(count);
  }
}

/**
 * A command of the scenario as bytes with holes. Its names are mapped as those of any command are, in its first
 * operation: what the namespace puts before an argument there, it gets in all.
 */
export function compileTemplate(
  parts: Parts,
  variation: Variation,
  namespace: StepContext['namespace'],
): CommandTemplate {
  const first = parts.map((argument) => firstOf(argument, variation));
  const mapped = namespace.command(first);
  const args = mapped.map((name, index): TemplateArgument => {
    const argument = parts[index];
    if (argument === undefined || !argument.some(isExpression)) return name;
    const [before, after] = [String(first[index]), String(name)];
    if (!after.endsWith(before)) {
      throw new ScenarioError(
        `the argument ${before} of ${String(first[0])} cannot vary: its name is mapped as a whole`,
        {
          next: 'write it without an expression, or use `keys: literal`',
        },
      );
    }
    const prefix = after.slice(0, after.length - before.length);
    return [
      ...(prefix === '' ? [] : [prefix]),
      ...argument.map((part) => (isExpression(part) ? variation.partOf(part) : part)),
    ];
  });
  return new CommandTemplate(args, keyIndexes(mapped)[0]);
}

function firstOf(argument: readonly ArgumentPart[], variation: Variation): Argument {
  const [only] = argument;
  if (argument.length === 1 && only !== undefined && !isExpression(only)) return only;
  return argument.map((part) => (isExpression(part) ? firstText(part, variation) : String(part))).join('');
}

function firstText(expression: BoundExpression, variation: Variation): string {
  const part = variation.partOf(expression);
  if (typeof part !== 'object' || part instanceof Uint8Array) return String(part);
  part.draw(0);
  const bytes = Buffer.alloc(part.length);
  part.write(bytes, 0);
  return bytes.toString();
}

export const isExpression = (part: ArgumentPart): part is BoundExpression =>
  typeof part === 'object' && !(part instanceof Uint8Array);
