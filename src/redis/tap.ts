import type { Socket } from 'node:net';
import type { AbstractConnector } from 'ioredis';
import { MessageReader } from './messages.js';
import { openSocket } from './socket.js';
import type { RedisAddress } from './url.js';

/** Shared by all sockets, for its content is used up before another reads. */
const READ_BUFFER = Buffer.allocUnsafeSlow(65_536);

/** Connects ioredis to the server by a socket whose messages go to a reader, and the rest to ioredis. */
export function tapMessages(address: RedisAddress, Base: typeof AbstractConnector) {
  const messages = new MessageReader();
  class Connector extends Base {
    constructor() {
      super(0);
    }

    override async connect(): Promise<Socket> {
      this.connecting = true;
      const callback = (length: number): true => {
        messages.read(READ_BUFFER, length);
        return true;
      };
      const stream = openSocket(address, { buffer: READ_BUFFER, callback });
      messages.onOther = (bytes) => stream.emit('data', bytes);
      stream.once('error', (error) => {
        this.firstError = error;
      });
      this.stream = stream;
      return stream;
    }
  }
  return { messages, Connector };
}
