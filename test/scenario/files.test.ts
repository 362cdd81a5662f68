import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ScenarioError } from '../../src/errors.js';
import { openFiles } from '../../src/scenario/files.js';
import { folderWith } from '../support/redrill.js';

/** A scenario of a stranger reads nothing outside of its own folder and the working directory. */
describe('files that a scenario names', () => {
  const prepare = (): string => {
    const root = folderWith({
      'outside.yaml': 'secret',
      'project/a.yaml': '',
      'project/steps.yaml': 'in the project',
      'project/sub/b.yaml': '',
      'project/sub/steps.yaml': 'below',
      'elsewhere/c.yaml': '',
      'elsewhere/steps.yaml': 'beside the scenario',
      'elsewhere/large.yaml': ' '.repeat(1024 * 1024 + 1),
      'project-evil/steps.yaml': 'secret',
    });
    symlinkSync(path.join(root, 'outside.yaml'), path.join(root, 'project/link.yaml'));
    symlinkSync(path.join(root, 'project/steps.yaml'), path.join(root, 'project/sub/inner.yaml'));
    mkdirSync(path.join(root, 'project/folder'));
    return path.join(root, 'project');
  };
  const read = (folder: string, name: string, from: string): unknown => {
    try {
      return openFiles(folder).read(name, from).text;
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      return [error.message, error.details.next];
    }
  };
  const outside = (name: string): unknown => [
    `the file ${name} is outside the project`,
    'keep it in the folder of the scenario, or below the working directory',
  ];

  test.each<[name: string, from: string, outcome: unknown]>([
    ['steps.yaml', 'a.yaml', 'in the project'],
    ['sub/steps.yaml', 'a.yaml', 'below'],
    ['../steps.yaml', 'sub/b.yaml', 'in the project'],
    ['inner.yaml', 'sub/b.yaml', 'in the project'],
    ['steps.yaml', '../elsewhere/c.yaml', 'beside the scenario'],
    ['../outside.yaml', 'a.yaml', outside('../outside.yaml')],
    ['sub/../../outside.yaml', 'a.yaml', outside('sub/../../outside.yaml')],
    ['link.yaml', 'a.yaml', outside('link.yaml')],
    ['../project-evil/steps.yaml', 'a.yaml', outside('../project-evil/steps.yaml')],
    ['../outside.yaml', '../elsewhere/c.yaml', outside('../outside.yaml')],
    ['/etc/passwd', 'a.yaml', ['the path /etc/passwd is absolute', 'write it relative to this file']],
    ['nothing.yaml', 'sub/b.yaml', ['there is no file nothing.yaml', 'looked for sub/nothing.yaml']],
    ['folder', 'a.yaml', ['folder is no file', 'name a file']],
    ['large.yaml', '../elsewhere/c.yaml', ['the file large.yaml is larger than 1024 KiB', undefined]],
  ])('%s from %s', (name, from, outcome) => {
    expect(read(prepare(), name, from)).toEqual(outcome);
  });
});
