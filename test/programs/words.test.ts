import { expect, test } from 'vitest';
import { describeEnd, formatCommand } from '../../src/programs/words.js';

test('a command is shown as one would type it', () => {
  expect(formatCommand(['python3', '-c', 'import redis', 'A=1', ''])).toBe('python3 -c "import redis" A=1 ""');
});

test('an end is told by exit code or signal', () => {
  expect(describeEnd({ exitCode: 3, signal: null })).toBe('ended with exit code 3');
  expect(describeEnd({ exitCode: null, signal: 'SIGKILL' })).toBe('was ended by KILL');
});
