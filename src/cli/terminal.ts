import type { LiveArea, LiveFrame, ReporterOutput } from '../contracts/reporter.js';
import { wantsColor } from './print.js';

export interface Output extends ReporterOutput {
  close(): void;
}

const FRAME_MS = 100;
const COLUMNS = 80;
const ROWS = 24;

/** Standard output; `live`: with an area that is drawn again and again, where it is a terminal that somebody looks at. */
export async function openTerminal(live: boolean): Promise<Output> {
  const { stdout } = process;
  const plain: Output = {
    write: (text) => void stdout.write(text),
    get columns() {
      return stdout.isTTY ? stdout.columns : undefined;
    },
    color: wantsColor(stdout),
    close: () => {},
  };
  return live && canDraw() ? await withLiveArea(plain) : plain;
}

/** A log that CI keeps of a pseudo-terminal would hold every frame. */
function canDraw(): boolean {
  const { CI, TERM } = process.env;
  return process.stdout.isTTY && TERM !== 'dumb' && (CI === undefined || CI === '' || CI === 'false');
}

async function withLiveArea(plain: Output): Promise<Output> {
  const [{ createLogUpdate }, { default: sliceAnsi }] = await Promise.all([import('log-update'), import('slice-ansi')]);
  const { stdout, stderr } = process;
  const area = createLogUpdate(stdout);
  let render: ((frame: LiveFrame) => readonly string[]) | undefined;
  let drawing = false;
  const own = (draw: () => void) => {
    drawing = true;
    draw();
    drawing = false;
  };
  const draw = () => {
    if (!render) return;
    const { columns = COLUMNS, rows = ROWS } = stdout;
    const lines = render({ now: Date.now(), columns, rows });
    // A line that the terminal would break counts as two, and is cut instead.
    own(() =>
      lines.length > 0 ? area(lines.map((line) => sliceAnsi(line, 0, columns - 1)).join('\n')) : area.clear(),
    );
  };
  // Whoever else writes, a plugin or a notice, finds the area gone; it comes back with the next frame.
  const restore = [stdout, stderr].map((stream) => {
    const write = stream.write;
    stream.write = ((...args: Parameters<typeof write>) => {
      if (!drawing) own(() => area.clear());
      return write.apply(stream, args);
    }) as typeof write; // the same arguments, whichever of its forms
    return () => {
      stream.write = write;
    };
  });
  let timer: NodeJS.Timeout | undefined;
  stdout.on('resize', draw);
  const live: LiveArea = {
    show: (next) => {
      render = next;
      timer ??= setInterval(draw, FRAME_MS).unref();
      draw();
    },
  };
  return {
    ...plain,
    get columns() {
      return plain.columns;
    },
    live,
    close: () => {
      clearInterval(timer);
      stdout.off('resize', draw);
      own(() => {
        area.clear();
        area.done();
      });
      for (const undo of restore) undo();
    },
  };
}
