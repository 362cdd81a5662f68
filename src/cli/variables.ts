import { parse } from 'yaml';
import { ScenarioError } from '../errors.js';

/** `--var name=value`: the value is YAML, so `--var total=5` is a number. */
export function parseVariables(given: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=');
      const name = text.slice(0, at);
      if (at < 1 || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
        throw new ScenarioError(`--var ${text} is not NAME=VALUE`, { next: 'write --var total=200' });
      }
      return [name, parseValue(text.slice(at + 1))];
    }),
  );
}

function parseValue(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 10 });
  } catch {
    return text;
  }
}
