import { plural } from '../../../format/text.js';
import { all, around, one } from './dom.js';

/** Finds messages of a case by their ids, their bodies and what checkers found. */
export function startMessages(): void {
  document.addEventListener('input', (event) => {
    const part = around(event, '.life-filters')?.closest<HTMLElement>('.messages');
    if (!part) return;
    const text = one<HTMLInputElement>('.life-search', part)?.value.trim().toLowerCase() ?? '';
    const finding = one<HTMLSelectElement>('.life-finding', part)?.value ?? '';
    const lives = all('.life', part);
    for (const life of lives) {
      const named = finding === '' || (life.dataset.finding ?? '').split(' ').includes(finding);
      life.hidden = !(named && (life.dataset.text ?? '').includes(text));
    }
    const shown = lives.filter((life) => !life.hidden);
    one('.life-count', part)!.textContent = plural(shown.length, 'message');
  });
}
