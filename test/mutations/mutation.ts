/** A bug that somebody could have written, and what catches it. */
export interface Mutation {
  /** What a developer would have done wrong. */
  readonly name: string;
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  readonly caughtBy: Catcher;
}

/** A scenario that ships, or a test by its file and its name, as vitest prints it: `suite > test`. */
export type Catcher = string | readonly [file: string, test: string];

export const describeCatcher = (catcher: Catcher): string =>
  typeof catcher === 'string' ? catcher : `${catcher[0]}: ${catcher[1]}`;

/** Its line in caught.md. */
export const describeMutation = ({ name, file, caughtBy }: Mutation): string =>
  `- ${name} (\`${file}\`): \`${describeCatcher(caughtBy)}\``;

/** The file with the bug in it. Raises where the list has gone stale. */
export function mutate({ name, file, find, replace }: Mutation, source: string): string {
  const times = source.split(find).length - 1;
  if (times !== 1) {
    throw new Error(`the mutation "${name}" is stale: its text occurs ${times} times in ${file}, not once:\n${find}`);
  }
  return source.replace(find, () => replace);
}
