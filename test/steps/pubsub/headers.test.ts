import { describe, expect, test } from 'vitest';
import { Headers } from '../../../src/steps/pubsub/headers.js';
import { decodeMessage, encodeMessage } from '../../../src/steps/queue/envelope.js';

const written = (id: string, sequence: number, more: object = {}): string => {
  const now = 1_700_000_000_000.25;
  const envelope = { id, sequence, key: null, enqueuedAt: now, deliverAt: now, redriveCount: 0, ...more };
  return String(encodeMessage(envelope, 'body'));
};

/** Headers that have met these publishers. */
function headersOf(...producers: readonly string[]) {
  const headers = new Headers((producer) => ({ record: (sequence) => recorded.push(`${producer}-${sequence}`) }));
  const recorded: string[] = [];
  for (const producer of producers) headers.publisherOf(decodeMessage(written(`${producer}-0`, 0)).envelope!);
  const read = (text: string): string | undefined => {
    const bytes = Buffer.from(`>>${text}<<`);
    const publisher = headers.read(bytes, 2, bytes.length - 2);
    publisher?.deliveries.record(headers.sequence, 0);
    return publisher && recorded.at(-1);
  };
  return { headers, read };
}

describe('headers of messages', () => {
  test('are read of publishers that were met', () => {
    const { read } = headersOf('publish/publisher-1', 'publish/publisher-11', 'pübl"ish/publisher-1#2');
    const ids = [
      'publish/publisher-1-1',
      'publish/publisher-11-1',
      'publish/publisher-1-10',
      'pübl"ish/publisher-1#2-7',
    ];
    for (const id of ids) expect(read(written(id, Number(id.split('-').at(-1))))).toBe(id);
    expect(read(written('publish/publisher-2-1', 1))).toBeUndefined();
  });

  test('are left to the decoder where they are in any other form', () => {
    const { read } = headersOf('p');
    const good = written('p-5', 5);
    expect(read(good)).toBe('p-5');
    const others = [
      '',
      'plain',
      written('p-6', 5),
      written('p-05', 5),
      written('p-', 5),
      written('p-5', 5, { key: 'k' }),
      written('p-5', 5, { redriveCount: 1 }),
      written('p-5', 5, { enqueuedAt: 1 }),
      good.replace('redrill', 'Redrill'),
      good.replace('}\n', '} '),
      ...Array.from({ length: good.indexOf('\n') }, (_, length) => good.slice(0, length)),
    ];
    for (const other of others) expect(read(other), other).toBeUndefined();
  });

  test('keep where each publisher is', () => {
    const { headers } = headersOf('p');
    const [first] = [headers.publisherOf(decodeMessage(written('q-5', 5)).envelope!)];
    expect(first.last).toBe(4);
    expect(headers.publisherOf(decodeMessage(written('q-9', 9)).envelope!)).toBe(first);
  });
});
