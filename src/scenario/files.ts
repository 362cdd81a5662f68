import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { ScenarioError } from '../errors.js';
import type { FileAccess } from './context.js';
import { LIMITS } from './load.js';

/**
 * Files that scenarios name, relative to the scenario. A scenario may come from a stranger, so nothing outside the
 * working directory and the scenario's own folder is read.
 */
export function openFiles(workingDirectory: string): FileAccess {
  return {
    read(name, from) {
      const folder = path.dirname(path.resolve(workingDirectory, from));
      const wanted = path.resolve(folder, name);
      if (path.isAbsolute(name))
        throw new ScenarioError(`the path ${name} is absolute`, { next: 'write it relative to this file' });
      let real: string;
      try {
        real = realpathSync(wanted);
      } catch (cause) {
        throw new ScenarioError(`there is no file ${name}`, {
          next: `looked for ${path.relative(workingDirectory, wanted)}`,
          cause,
        });
      }
      if (![workingDirectory, folder].some((root) => isInside(real, realpathSync(root)))) {
        throw new ScenarioError(`the file ${name} is outside the project`, {
          next: 'keep it in the folder of the scenario, or below the working directory',
        });
      }
      const stats = statSync(real);
      if (!stats.isFile()) throw new ScenarioError(`${name} is no file`, { next: 'name a file' });
      if (stats.size > LIMITS.fileBytes)
        throw new ScenarioError(`the file ${name} is larger than ${LIMITS.fileBytes / 1024} KiB`);
      return { file: path.relative(workingDirectory, wanted), text: readText(real, name) };
    },
  };
}

function readText(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ScenarioError(`the file ${name} cannot be read`, { next: 'see who may read it', cause });
  }
}

function isInside(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return !relative.startsWith('..') && !path.isAbsolute(relative);
}
