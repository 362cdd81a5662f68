import { execFile } from 'node:child_process';
import { chmod, cp, mkdtemp, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createFolder } from '../folders.js';

/**
 * The servers that Redrill is tested on, as Debian has built them, beside whatever this machine has installed:
 * `npm run servers`. Each has a folder of the cache, with the libraries that it was built for and a script that starts it.
 */
export const SERVERS = [
  { engine: 'redis', version: '7.0', release: 'bookworm' },
  { engine: 'redis', version: '8.0', release: 'trixie' },
  { engine: 'valkey', version: '8.1', release: 'trixie' },
] as const;

export type TestedServer = (typeof SERVERS)[number];

const exec = promisify(execFile);
const MIRROR = process.env.REDRILL_DEBIAN_MIRROR ?? 'http://deb.debian.org/debian';
const KEYRINGS = '/usr/share/keyrings';

const cache = (): string =>
  path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'redrill', 'servers');

/** `redis-7.0` */
export const nameOf = ({ engine, version }: TestedServer): string => `${engine}-${version}`;

/** Of the script that starts it, whether it is there or not. */
export const serverPath = (server: TestedServer): string => path.join(cache(), nameOf(server), 'server');

/** What the server says of itself; undefined unless it is there, runs, and is of that version. */
export async function installedVersion(server: TestedServer): Promise<string | undefined> {
  const { engine, version } = server;
  const said = await exec(serverPath(server), ['--version']).catch(() => undefined);
  const [, found = ''] = new RegExp(`^${engine} server v=(\\S+)`, 'i').exec(said?.stdout ?? '') ?? [];
  return found.startsWith(`${version}.`) ? found : undefined;
}

/** Gets those that are missing. No root is needed: apt works in a folder of its own, and nothing is installed. */
export async function getServers(say: (text: string) => void = console.log): Promise<void> {
  await using folder = await temporaryFolder();
  const roots = new Map<string, string>();
  for (const server of SERVERS) {
    const { release } = server;
    if ((await installedVersion(server)) === undefined) {
      if (!roots.has(release)) say(`Getting servers of Debian ${release} from ${MIRROR}`);
      const root = roots.get(release) ?? (await unpackRelease(release, path.join(folder.path, release)));
      roots.set(release, root);
      await put(server, root);
    }
    const version = await installedVersion(server);
    if (version === undefined) throw new Error(`${serverPath(server)} --version does not say ${nameOf(server)}`);
    say(`${nameOf(server)}: ${version} as ${serverPath(server)}`);
  }
}

/** The packages of its servers and all that they depend on, as a tree. */
async function unpackRelease(release: string, folder: string): Promise<string> {
  const apt = await openApt(folder, `deb [signed-by=${await findKeyring(folder)}] ${MIRROR} ${release} main`);
  const servers = SERVERS.filter((server) => server.release === release);
  await apt('update');
  // The servers' programs are in these: there they check files by another name of theirs.
  await apt('install', '--yes', '--download-only', ...servers.map(({ engine }) => `${engine}-tools`));
  return await unpack(folder);
}

/** apt checks the release's signature, and each package by the release's lists. */
async function openApt(folder: string, source?: string): Promise<(...args: string[]) => Promise<unknown>> {
  for (const part of ['state/lists/partial', 'cache/archives/partial']) {
    createFolder(path.join(folder, part));
  }
  const list = path.join(folder, 'sources.list');
  const installed = path.join(folder, 'installed');
  await writeFile(installed, '');
  if (source !== undefined) await writeFile(list, `${source}\n`);
  const options = {
    'Dir::State': path.join(folder, 'state'),
    // Nothing is: so it fetches every library as well.
    'Dir::State::status': installed,
    'Dir::Cache': path.join(folder, 'cache'),
    ...(source !== undefined && { 'Dir::Etc::sourcelist': list, 'Dir::Etc::sourceparts': '-' }),
    'APT::Install-Recommends': 'false',
    'APT::Update::Error-Mode': 'any',
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
  };
  const flags = Object.entries(options).map(([name, value]) => `-o${name}=${value}`);
  return (...args) => exec('apt-get', ['-qq', ...flags, ...args], { cwd: folder, maxBuffer: 2 ** 26 });
}

/** Debian's keys: of this system, or from a package of it, which this system's own keys vouch for. */
async function findKeyring(folder: string): Promise<string> {
  const file = 'debian-archive-keyring.gpg';
  const here: string[] = await readdir(KEYRINGS).catch(() => []);
  if (here.includes(file)) return path.join(KEYRINGS, file);
  const place = path.join(folder, 'keyring');
  const apt = await openApt(place);
  await apt('update');
  await apt('install', '--yes', '--download-only', 'debian-archive-keyring');
  return path.join(await unpack(place), KEYRINGS, file);
}

/** What apt has put into that folder. */
async function unpack(folder: string): Promise<string> {
  const archives = path.join(folder, 'cache', 'archives');
  const root = path.join(folder, 'root');
  const files = (await readdir(archives)).filter((file) => file.endsWith('.deb'));
  for (const file of files) await exec('dpkg-deb', ['-x', path.join(archives, file), root]);
  return root;
}

/** The binary, its libraries and their loader, and the script that puts them together, into the cache at one blow. */
async function put(server: TestedServer, root: string): Promise<void> {
  const place = path.join(cache(), nameOf(server));
  const binary = path.join(root, 'usr', 'bin', `${server.engine}-check-rdb`);
  const loader = await findLoader(root);
  const folders = await libraryFolders(root);
  const { stdout } = await exec(loader, ['--library-path', folders.join(':'), '--list', binary]);
  const libraries = [...stdout.matchAll(/=> (\S+)/g)].map(([, file = '']) => file);
  createFolder(cache());
  const made = await mkdtemp(path.join(cache(), 'new-'));
  try {
    const lib = path.join(made, 'lib');
    for (const file of libraries) await cp(await realpath(file), path.join(lib, path.basename(file)));
    await cp(await realpath(loader), path.join(lib, path.basename(loader)));
    const program = `${server.engine}-server`;
    await cp(binary, path.join(lib, program));
    await writeFile(path.join(made, 'server'), script(path.basename(loader), program), { mode: 0o755 });
    await chmod(made, 0o755);
    await rm(place, { recursive: true, force: true });
    await rename(made, place);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

const script = (loader: string, program: string): string => `#!/bin/sh
lib="\${0%/*}/lib"
exec "$lib/${loader}" --library-path "$lib" "$lib/${program}" "$@"
`;

const LOADER = /^ld(-linux.*|64)\.so\.\d+$/;
const LIBRARY_ROOTS = ['lib', 'lib64', 'usr/lib', 'usr/lib64'];

async function findLoader(root: string): Promise<string> {
  for (const folder of await libraryFolders(root)) {
    const found = (await readdir(folder)).find((file) => LOADER.test(file));
    if (found !== undefined) return path.join(folder, found);
  }
  throw new Error(`found no dynamic loader in ${root}`);
}

/** `usr/lib/x86_64-linux-gnu` and its like. */
async function libraryFolders(root: string): Promise<string[]> {
  const lists = LIBRARY_ROOTS.map(async (folder) => {
    const entries = await readdir(path.join(root, folder), { withFileTypes: true }).catch(() => []);
    const inside = entries.filter((entry) => entry.isDirectory() && /^\w+-linux-gnu/.test(entry.name));
    return inside.map((entry) => path.join(root, folder, entry.name));
  });
  return (await Promise.all(lists)).flat();
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'redrill-servers-'));
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await getServers();
  } catch (error) {
    const { message, stderr } = error as Error & { stderr?: string }; // execFile's, or ours
    console.error(stderr?.trim() || message);
    console.error("The servers are fetched from Debian's archive by apt-get and dpkg-deb.");
    process.exitCode = 1;
  }
}
