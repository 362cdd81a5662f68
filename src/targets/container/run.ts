import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONFIGURATION, type Files, type RunningServer, type ServerProgram } from '../servers/start.js';
import type { Container, Docker } from './docker.js';
import { tarOf } from './tar.js';

/** What a container is made of. */
export interface Image {
  readonly image: string;
  /** The server's program in it. */
  readonly command: string;
}

/** How a container is reached: by ports of its own, or by those of the container of that name, whose network it shares. */
export type Network = { readonly publish: (port: number) => readonly number[] } | { readonly shared: string };

/** A server in a container of its own, at the same port inside as outside. */
export const containerProgram = (docker: Docker, from: Image, network: Network): ServerProgram => ({
  name: from.image,
  host: docker.host,
  bind: '0.0.0.0',
  advice: `see whether \`docker run --rm ${from.image} ${from.command} --version\` tells a version; \`command\` names the server's program, and \`startTimeout\` says how long to wait`,
  run: (port, files, options) => new ContainerServer(docker, from, { network, port, files, options }),
});

interface Launch {
  readonly network: Network;
  readonly port: number;
  readonly files: Files;
  readonly options: readonly string[];
}

const STOP_TIMEOUT_MS = 15_000;
const LOG_LINES = 12;
/** What is asked of a container that has ended, or is paused or removed already. */
const TOO_LATE = new Set([304, 404, 409]);

/** Docker gives a container time to end; SIGKILL does not need it. */
export class ContainerServer implements RunningServer {
  readonly name = `redrill-${randomBytes(6).toString('hex')}`;
  launched = false;
  ended!: Promise<string>;
  readonly #created: Promise<Container>;
  /** Until then nothing can be done to the container, and a connection to it would be lost: it takes a second to find out. */
  #started!: Promise<void>;

  constructor(
    private readonly docker: Docker,
    from: Image,
    launch: Launch,
  ) {
    this.#created = this.#create(from, launch);
    this.#begin(async (container) => {
      await docker.client.container.putArchive(container, Readable.from([tarOf(this.name, launch.files)]), '/');
    });
  }

  #create({ image, command }: Image, { network, port, options }: Launch): Promise<Container> {
    const { client, library, labels, host } = this.docker;
    // Ports of a machine elsewhere must be open to us; those of this one need not be open to others.
    const address = host === '127.0.0.1' ? { HostIp: host } : {};
    const ports = 'publish' in network ? network.publish(port) : [];
    return client.container.create({
      name: this.name,
      Image: library.ImageName.fromString(image).string,
      Cmd: [command, `/${this.name}/${CONFIGURATION}`, ...options],
      WorkingDir: `/${this.name}`,
      Labels: labels,
      ExposedPorts: Object.fromEntries(ports.map((each) => [`${each}/tcp`, {}])),
      HostConfig: {
        PortBindings: Object.fromEntries(ports.map((each) => [`${each}/tcp`, [{ ...address, HostPort: `${each}` }]])),
        ...('shared' in network && { NetworkMode: `container:${network.shared}` }),
      },
    });
  }

  #begin(prepare?: (container: Container) => Promise<void>): void {
    this.launched = false;
    this.#started = this.#created.then(async (container) => {
      await prepare?.(container);
      await container.start();
      this.launched = true;
    });
    this.ended = this.#end();
  }

  /** What the container logged last, once it has ended, or why it was not started. */
  async #end(): Promise<string> {
    try {
      await this.#started;
      const container = await this.#created;
      await container.wait();
      return logOf(await container.logs({ stdout: true, stderr: true, tail: LOG_LINES }));
    } catch (error) {
      return error instanceof Error ? withoutStatus(error.message) : String(error);
    }
  }

  again(): void {
    this.#begin();
  }

  async signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): Promise<void> {
    const container = await this.#created;
    const done = {
      SIGSTOP: () => container.pause(),
      SIGCONT: () => container.unpause(),
      SIGKILL: () => container.kill(),
    };
    await done[name]().catch(unlessTooLate);
  }

  async stop(): Promise<void> {
    const removed = this.#remove().then(
      () => true,
      () => false,
    );
    const tidy = await Promise.race([removed, sleep(STOP_TIMEOUT_MS, false, { ref: false })]);
    if (!tidy) this.docker.untidy = true;
  }

  async #remove(): Promise<void> {
    const container = await this.#created.catch(() => undefined);
    if (!container) return;
    await this.#started.catch(() => {});
    await container.kill().catch(unlessTooLate);
    await this.ended; // with the log, which goes with the container
    await container.remove({ force: true, v: true }).catch(unlessTooLate);
  }
}

/** Docker frames what a container without a terminal writes: the stream, three zeroes, the length in four bytes. */
function logOf(frames: Buffer): string {
  const texts: Buffer[] = [];
  for (let at = 0; at + 8 <= frames.length; ) {
    const end = at + 8 + frames.readUInt32BE(at + 4);
    texts.push(frames.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(texts).toString();
}

/** Docker's own words: its client puts a number before them. */
export const withoutStatus = (message: string): string => message.replace(/^\(HTTP code \d+\) [a-z ]+ - /, '').trim();

function unlessTooLate(error: unknown): void {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (!TOO_LATE.has(Number(status))) throw error;
}
