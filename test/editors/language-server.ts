import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** Of the Language Server Protocol, what is looked at here. */
export interface Diagnostic {
  readonly range: { readonly start: Position; readonly end: Position };
  readonly message: string;
}

export interface Completion {
  readonly label: string;
  readonly insertText?: string;
  readonly documentation?: string | { readonly value: string };
}

interface Position {
  readonly line: number;
  readonly character: number;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

interface Opened {
  readonly uri: string;
  readonly diagnostics: readonly Diagnostic[];
}

const PROJECT = '/project/';
const program = createRequire(import.meta.url).resolve('yaml-language-server/bin/yaml-language-server');

/** The server that VS Code, Neovim, Helix, Emacs and Zed start for YAML, with one schema for all documents of a project. */
export class LanguageServer implements AsyncDisposable {
  readonly #child = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  readonly #answers = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  readonly #diagnosed = new Map<string, (found: readonly Diagnostic[]) => void>();
  #input = Buffer.alloc(0);
  #count = 0;

  private constructor(private readonly settings: unknown) {
    this.#child.stdout.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  static async start(schemaFile: string): Promise<LanguageServer> {
    const schemas = { [pathToFileURL(schemaFile).href]: [`${PROJECT}*.yaml`] };
    const server = new LanguageServer({
      validate: true,
      hover: true,
      completion: true,
      schemas,
      schemaStore: { enable: false },
    });
    await server.request('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: {
        workspace: { configuration: true },
        textDocument: {
          completion: { completionItem: { snippetSupport: true, documentationFormat: ['markdown'] } },
          hover: { contentFormat: ['markdown'] },
        },
      },
    });
    server.#send({ method: 'initialized', params: {} });
    // It asks for its settings after this, and takes documents meanwhile.
    while ((await server.open('- not a mapping')).diagnostics.length === 0);
    return server;
  }

  /** Opens a document, and gives what the server finds in it. */
  async open(text: string, uri = `file://${PROJECT}${++this.#count}.yaml`): Promise<Opened> {
    const diagnostics = new Promise<readonly Diagnostic[]>((resolve) => this.#diagnosed.set(uri, resolve));
    this.#send({
      method: 'textDocument/didOpen',
      params: { textDocument: { uri, languageId: 'yaml', version: 1, text } },
    });
    return { uri, diagnostics: await diagnostics };
  }

  /** What it offers at the `|` of a text. */
  async complete(marked: string): Promise<readonly Completion[]> {
    const { items } = (await this.#at('completion', marked)) as { readonly items: readonly Completion[] }; // its list
    return items;
  }

  /** What it tells of the place with the `|`. */
  async hover(marked: string): Promise<string> {
    const answer = (await this.#at('hover', marked)) as { readonly contents: { readonly value: string } } | null;
    return answer?.contents.value ?? '';
  }

  async #at(method: string, marked: string): Promise<unknown> {
    const before = marked.slice(0, marked.indexOf('|')).split('\n');
    const { uri } = await this.open(marked.replace('|', ''));
    const position = { line: before.length - 1, character: before.at(-1)!.length };
    return await this.request(`textDocument/${method}`, { textDocument: { uri }, position });
  }

  request(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#count;
    const answer = new Promise<unknown>((resolve, reject) => this.#answers.set(id, { resolve, reject }));
    this.#send({ id, method, params });
    return answer;
  }

  #send(message: Message): void {
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
    this.#child.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    this.#child.stdin.write(body);
  }

  #read(chunk: Buffer): void {
    this.#input = Buffer.concat([this.#input, chunk]);
    for (;;) {
      const start = this.#input.indexOf('\r\n\r\n') + 4;
      const length = Number(/Content-Length: (\d+)/i.exec(this.#input.subarray(0, start).toString())?.[1]);
      if (start < 4 || this.#input.length < start + length) return;
      const body = this.#input.subarray(start, start + length).toString();
      this.#input = this.#input.subarray(start + length);
      this.#take(JSON.parse(body) as Message); // what the protocol says
    }
  }

  #take({ id, method, params, result, error }: Message): void {
    if (method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = params as { readonly uri: string; readonly diagnostics: readonly Diagnostic[] };
      this.#diagnosed.get(uri)?.(diagnostics);
    } else if (method === 'workspace/configuration') {
      const { items } = params as { readonly items: readonly { readonly section?: string }[] };
      const found = items.map(({ section }) => (section === 'yaml' ? this.settings : null));
      this.#send({ ...(id !== undefined && { id }), result: found });
    } else if (method === undefined && id !== undefined) {
      const waiting = this.#answers.get(id);
      this.#answers.delete(id);
      if (error) waiting?.reject(new Error(error.message));
      else waiting?.resolve(result);
    } else if (id !== undefined) {
      this.#send({ id, result: null });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    await this.request('shutdown', null);
    this.#send({ method: 'exit' });
    await ended;
  }
}
