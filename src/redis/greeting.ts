import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ReplyError } from '../errors.js';
import { toReplyError } from './reply.js';
import { tlsOptions } from './tls.js';
import type { RedisAddress } from './url.js';

/** One that says something unasked does so at once. */
const PATIENCE_MS = 500;

/**
 * The error that a server sends unasked before it closes (`-DENIED …`, too many clients); undefined for any other. Who
 * sends a command to it may find the connection reset, and what it said with it: here nothing is sent.
 */
export function readGreeting(address: RedisAddress): Promise<ReplyError | undefined> {
  return new Promise((resolve) => {
    const place = address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
    const tls = address.kind === 'tcp' && address.tls;
    const socket = tls ? connectTls({ ...place, ...tlsOptions(address) }) : connect(place);
    let said = '';
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      const [, line] = /^-([^\r\n]+)\r\n/.exec(said) ?? [];
      resolve(line === undefined ? undefined : toReplyError(new Error(line)));
    };
    const timer = setTimeout(finish, PATIENCE_MS);
    socket.setEncoding('latin1').on('data', (text: string) => {
      said += text;
      if (said.includes('\n')) finish();
    });
    socket.on('error', finish);
    socket.on('close', finish);
  });
}
