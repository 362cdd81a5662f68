// A consumer group: what a worker has read and not acknowledged stays on the server, and another one claims it.
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from './connect.mjs';

const [STREAM, GROUP, NAME] = ['my_stream', 'workers', process.env.WORKER];
const CLAIM_AFTER_MS = 300;

const redis = connect();
await redis.xgroup('CREATE', STREAM, GROUP, '0', 'MKSTREAM').catch((error) => {
  if (!error.message.includes('BUSYGROUP')) throw error;
});

async function handle(message) {
  console.log('handling', message);
  await sleep(1_000 * Number(process.env.HANDLE_SECONDS ?? 0));
  if (message.includes('fail')) throw new Error(`cannot handle ${message}`);
  await redis.sadd('my_processed', message);
}

/** What others left behind, then what is new. */
async function entries() {
  const [, claimed] = await redis.xautoclaim(STREAM, GROUP, NAME, CLAIM_AFTER_MS, '0');
  const read = await redis.xreadgroup('GROUP', GROUP, NAME, 'COUNT', 1, 'BLOCK', 50, 'STREAMS', STREAM, '>');
  return [...claimed, ...(read?.[0]?.[1] ?? [])];
}

console.log('ready');
for (;;) {
  for (const [id, [, message]] of await entries()) {
    try {
      await handle(message);
    } catch (error) {
      console.log(error.message);
      await redis.lpush('my_dlq', message);
    }
    await redis.xack(STREAM, GROUP, id);
  }
}
