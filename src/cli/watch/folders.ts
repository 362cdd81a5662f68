import { type FSWatcher, readdirSync, type Stats, statSync, watch } from 'node:fs';
import path from 'node:path';

/** As folders are searched for scenarios. */
const isLeftOut = (name: string): boolean => /^[._]/.test(name) || name === 'node_modules';

/**
 * Tells of every file in folders that is written, made, replaced or taken away, once or several times for each.
 * One watcher for each folder, by name: `recursive` of Node 20 on Linux watches a file itself, and hears no more of one
 * that an editor has replaced.
 */
export class FolderWatcher implements Disposable {
  readonly #open = new Map<string, { readonly watcher: FSWatcher; readonly inode: number }>();
  /** Folders that are to be watched, and whether with all in them. */
  readonly #wanted = new Map<string, boolean>();

  constructor(
    /** With when it was changed, or taken away, in milliseconds since the epoch. */
    private readonly onFile: (file: string, changedAt: number) => void,
    private readonly onError: (error: Error) => void,
  ) {}

  watchAll(folders: readonly (readonly [folder: string, deep: boolean])[]): void {
    for (const [folder, deep] of folders) this.watch(folder, deep);
  }

  /** `deep`: with the folders in it, those too that come later. It need not be there yet, if the one around it is watched. */
  watch(folder: string, deep: boolean): void {
    const known = this.#wanted.get(folder) === true;
    if (this.#open.has(folder) && (known || !deep)) return;
    this.#wanted.set(folder, known || deep);
    this.#enter(folder, () => {});
  }

  [Symbol.dispose](): void {
    for (const { watcher } of this.#open.values()) watcher.close();
    this.#open.clear();
  }

  /** Watches a folder, and those in it as far as that is wanted; each file is told to `onFound`. */
  #enter(folder: string, onFound: (file: string) => void): void {
    try {
      const kind = statSync(folder, { throwIfNoEntry: false });
      if (!kind?.isDirectory()) return;
      this.#listen(folder, kind.ino);
      // What came before the watcher has told nothing.
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const full = path.join(folder, entry.name);
        if (!entry.isDirectory()) onFound(full);
        else if (this.#isWanted(full)) this.#enter(full, onFound);
      }
    } catch (error) {
      // One that went away meanwhile is nobody's loss.
      if (statIfThere(folder)) this.onError(error as Error); // of the system
    }
  }

  #listen(folder: string, inode: number): void {
    if (this.#open.get(folder)?.inode === inode) return;
    this.#leave(folder);
    const watcher = watch(folder, (_, name) => {
      if (name !== null) this.#see(folder, name);
    });
    watcher.on('error', () => this.#leave(folder));
    this.#open.set(folder, { watcher, inode });
  }

  #see(folder: string, name: string): void {
    const full = path.join(folder, name);
    const kind = statIfThere(full);
    if (!kind?.isDirectory()) this.#leave(full);
    // Another folder of the same name may have come in its place.
    else if (this.#open.get(full)?.inode !== kind.ino && this.#isWanted(full))
      this.#enter(full, (file) => this.onFile(file, Date.now()));
    this.onFile(full, kind?.ctimeMs ?? Date.now());
  }

  #isWanted(folder: string): boolean {
    if (this.#wanted.has(folder)) return true;
    if (this.#wanted.get(path.dirname(folder)) !== true || isLeftOut(path.basename(folder))) return false;
    this.#wanted.set(folder, true);
    return true;
  }

  #leave(folder: string): void {
    for (const [name, { watcher }] of this.#open) {
      if (name !== folder && !name.startsWith(`${folder}${path.sep}`)) continue;
      watcher.close();
      this.#open.delete(name);
    }
  }
}

function statIfThere(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined; // nobody let us look
  }
}
