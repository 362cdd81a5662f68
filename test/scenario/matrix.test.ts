import { describe, expect, test } from 'vitest';
import { rowLabels } from '../../src/scenario/matrix.js';

describe('the labels of the cases of a matrix', () => {
  test.each([
    { rows: [{}], labels: [''] },
    { rows: [{ n: 1, backend: 'list' }], labels: [' [n=1, backend=list]'] },
    { rows: [{ n: 1 }, { n: '1' }, { n: 2 }, { n: 1 }], labels: [' [n=1]', ' [n=1] (2)', ' [n=2]', ' [n=1] (3)'] },
    { rows: [{ n: [1] }, { n: { a: 'b' } }, { n: null }], labels: [' [n=[1]]', ' [n={ a: "b" }]', ' [n=null]'] },
  ])('of $rows', ({ rows, labels }) => {
    expect(rowLabels(rows)).toEqual(labels);
  });
});
