import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Path } from '../contracts/result.js';
import type { ServerAccess, TargetKind } from '../contracts/target.js';
import { ExpressionError, ScenarioError } from '../errors.js';
import { compileTemplate } from '../expression/template.js';
import { hostAndPort } from '../redis/url.js';
import { CONFIG_FILE, type Project } from './project.js';

type Tls = NonNullable<ServerAccess['tls']>;
type Sentinel = NonNullable<ServerAccess['sentinel']>;

/** A target with a URL as the configuration has it: expressions in it, and files by their paths. */
export interface UrlTarget {
  readonly url: string;
  readonly tls?: Tls;
  readonly sentinel?: Omit<Sentinel, 'nodes'> & { readonly nodes: readonly string[] };
  readonly readFrom?: 'primary' | 'replica';
  readonly nodeAddresses?: Readonly<Record<string, string>>;
}

/** The URL and the access with their credentials. Raises a ScenarioError that names the place in the file. */
export function readUrlTarget(name: string, entry: UrlTarget, project: Project): { url: string; access: ServerAccess } {
  const field = new Fields(name, project);
  const { tls, sentinel, readFrom, nodeAddresses } = entry;
  const access = {
    ...(tls && { tls: readTls(tls, field) }),
    ...(sentinel && { sentinel: readSentinel(sentinel, field) }),
    ...(readFrom && { readFrom }),
    ...(nodeAddresses && { nodeAddresses: readNodeAddresses(nodeAddresses, field) }),
  };
  return { url: field.text('url', entry.url), access };
}

/** The config of a kind of target with the expressions of those fields evaluated. Raises a ScenarioError. */
export function readTexts(
  target: string,
  { name: kind, texts = [] }: TargetKind,
  config: Readonly<Record<string, unknown>>,
  project: Project,
): Readonly<Record<string, unknown>> {
  const field = new Fields(target, project);
  const given = texts.filter((name) => config[name] !== undefined);
  const read = given.map((name) => [name, field.text(`${kind}.${name}`, String(config[name]))] as const);
  return { ...config, ...Object.fromEntries(read) };
}

function readTls({ verify, serverName, ca, cert, key }: Tls, field: Fields): Tls {
  return {
    ...(ca !== undefined && { ca: field.pem('tls.ca', ca) }),
    ...(cert !== undefined && { cert: field.pem('tls.cert', cert) }),
    ...(key !== undefined && { key: field.pem('tls.key', key) }),
    ...(serverName !== undefined && { serverName: field.text('tls.serverName', serverName) }),
    ...(verify !== undefined && { verify }),
  };
}

function readSentinel(sentinel: NonNullable<UrlTarget['sentinel']>, field: Fields): Sentinel {
  const { primary, nodes, username, password } = sentinel;
  return {
    primary: field.text('sentinel.primary', primary),
    nodes: nodes.map((node, index) => field.node(['sentinel', 'nodes', index], node, 'a Sentinel')),
    ...(username !== undefined && { username: field.text('sentinel.username', username) }),
    ...(password !== undefined && { password: field.text('sentinel.password', password) }),
  };
}

const readNodeAddresses = (given: Readonly<Record<string, string>>, field: Fields): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(given).map(([node, written]) => [
      node,
      hostAndPort(field.node(['nodeAddresses', node], written, 'a node')),
    ]),
  );

/** Reads the fields of one target. */
class Fields {
  constructor(
    private readonly target: string,
    private readonly project: Project,
  ) {}

  /** Credentials come from the environment alone: `redis://:${{ env.REDIS_PASSWORD }}@cache.internal`. */
  text(field: string | Path, written: string): string {
    const { env } = this.project;
    try {
      return String(compileTemplate(written, { names: ['env'] })?.evaluate({ env }) ?? written);
    } catch (cause) {
      if (!(cause instanceof ExpressionError)) throw cause;
      const next = `set the variable, and allow it by \`env:\` in ${CONFIG_FILE}`;
      const what = field === 'url' ? 'URL' : `\`${pathOf(field).join('.')}\``;
      throw this.#error(field, `the ${what} of the target "${this.target}": ${cause.message}`, next, cause);
    }
  }

  /** A PEM text, or the file that holds it. */
  pem(field: string, written: string): string {
    const given = this.text(field, written);
    const text = given.includes('-----BEGIN ') ? given : this.#file(field, given);
    if (text.includes('-----BEGIN ')) return text;
    const message = `${given}, the \`${field}\` of the target "${this.target}", is no PEM file`;
    throw this.#error(field, message, 'PEM begins with -----BEGIN; convert DER by openssl x509 -inform der');
  }

  node(field: Path, written: string, of: 'a Sentinel' | 'a node'): { host: string; port: number } {
    const text = this.text(field, written);
    const [, host, port] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(text) ?? [];
    if (host !== undefined && Number(port) > 0 && Number(port) < 65_536) return { host, port: Number(port) };
    const next = `write host:port, such as ${of === 'a node' ? '127.0.0.1:7001' : '10.0.0.1:26379'}`;
    throw this.#error(field, `"${text}" is no address of ${of}`, next);
  }

  #file(field: string, file: string): string {
    try {
      return readFileSync(path.resolve(file), 'utf8');
    } catch (cause) {
      const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
      const why = missing ? 'there is no such file' : cause instanceof Error ? cause.message : String(cause);
      const message = `${file}, the \`${field}\` of the target "${this.target}", cannot be read: ${why}`;
      throw this.#error(field, message, `correct the path, which starts at the folder of ${CONFIG_FILE}`, cause);
    }
  }

  #error(field: string | Path, message: string, next: string, cause?: unknown): ScenarioError {
    const frame = this.project.locate?.(['targets', this.target, ...pathOf(field)]);
    const place = frame ? `${frame.file}:${frame.line}:${frame.column} ` : '';
    return new ScenarioError(`${place}${message}`, {
      next,
      ...(frame && { frame }),
      ...(cause !== undefined && { cause }),
    });
  }
}

const pathOf = (field: string | Path): Path => (typeof field === 'string' ? field.split('.') : field);
