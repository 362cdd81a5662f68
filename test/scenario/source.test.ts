import { expect, test } from 'vitest';
import { loadYaml } from '../../src/scenario/load.js';

const TEXT = `name: first
steps: []
---
name: second
vars: &shared { a: 1, "b c": [x, y] }
steps:
  - <<: *shared
    set: { n: 007 }
  - *shared
`;

const PATHS = [
  [],
  ['name'],
  ['vars', 'b c', 1],
  ['steps', 0, 'a'],
  ['steps', 0, 'set', 'n'],
  ['steps', 1, 'b c', 0],
  ['steps', 1, 'nothing'],
  ['steps', 7],
];

test('places are found after the nodes were released, too', () => {
  const [, document] = loadYaml('a.yaml', TEXT).documents;
  const places = () =>
    PATHS.flatMap((path) => [document!.frame(path), document!.location(path, 'key'), document!.text(path)]);
  const before = places();
  document!.release();
  expect(places()).toEqual(before);
  expect(document!.text(['steps', 0, 'set', 'n'])).toBe('007');
});

test('a text as it is written is to be had before that alone', () => {
  const [, document] = loadYaml('a.yaml', TEXT).documents;
  const { set } = (document!.data as { steps: [{ set: object }] }).steps[0]; // as above
  expect(document!.scalarText(set, 'n')).toBe('007');
  document!.release();
  expect(() => document!.scalarText(set, 'n')).toThrow('the nodes of a.yaml were released');
});
