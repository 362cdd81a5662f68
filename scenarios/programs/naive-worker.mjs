// The queue that everybody writes first: RPOP, and an LPUSH to another list for messages that fail.
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from './connect.mjs';

const redis = connect();

async function handle(message) {
  console.log('handling', message);
  await sleep(1_000 * Number(process.env.HANDLE_SECONDS ?? 0));
  if (message.includes('fail')) throw new Error(`cannot handle ${message}`);
  await redis.sadd('my_processed', message);
}

console.log('ready');
for (;;) {
  const message = await redis.rpop('my_queue');
  if (message === null) {
    await sleep(20);
    continue;
  }
  try {
    await handle(message);
  } catch (error) {
    console.log(error.message);
    await redis.lpush('my_dlq', message);
  }
}
