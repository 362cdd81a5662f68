import { formatCount } from '../../../format/text.js';
import { all, one } from './dom.js';

interface Row {
  readonly element: HTMLElement;
  readonly verdict: string;
  readonly tags: readonly string[];
  readonly target: string;
  /** Read when something is first searched. */
  text: string | undefined;
}

/** Narrows the list down by verdict, tag, target and text. */
export function startFilters(): void {
  const form = one('#filters');
  const search = one<HTMLInputElement>('#search');
  if (!form || !search) return;
  const buttons = all<HTMLButtonElement>('.verdicts button', form);
  const choices = { tag: one<HTMLSelectElement>('#tag'), target: one<HTMLSelectElement>('#target') };
  const rows = all('details.case').map(rowOf);
  const apply = () => {
    const verdicts = buttons.filter((button) => button.ariaPressed === 'true').map((button) => button.dataset.verdict);
    const words = search.value
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const { tag, target } = { tag: choices.tag?.value, target: choices.target?.value };
    let shown = 0;
    for (const row of rows) {
      const matches =
        (verdicts.length === 0 || verdicts.includes(row.verdict)) &&
        (!tag || row.tags.includes(tag)) &&
        (!target || row.target === target) &&
        (words.length === 0 || words.every((word) => textOf(row).includes(word)));
      row.element.hidden = !matches;
      if (matches) shown++;
    }
    hideEmpty();
    const text = `${formatCount(shown)} of ${formatCount(rows.length)}`;
    one('#shown', form)!.textContent = shown === rows.length ? '' : text;
    one('#nothing')!.hidden = shown > 0 || rows.length === 0;
  };
  for (const button of buttons) {
    button.addEventListener('click', () => {
      button.ariaPressed = button.ariaPressed === 'true' ? 'false' : 'true';
      apply();
    });
  }
  form.addEventListener('input', apply);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.hidden = false;
}

const rowOf = (element: HTMLElement): Row => ({
  element,
  verdict: element.closest<HTMLElement>('section')?.dataset.verdict ?? '',
  tags: (element.dataset.tags ?? '').split('\n'),
  target: element.dataset.target ?? '',
  text: undefined,
});

function textOf(row: Row): string {
  const { element } = row;
  row.text ??= [
    one('h3', element.parentElement!),
    one('summary', element),
    ...all('.failure .message, .body > .reason', element),
  ]
    .map((part) => part?.textContent ?? '')
    .join('\n')
    .toLowerCase();
  return row.text;
}

/** Headings of nothing. */
function hideEmpty(): void {
  for (const file of all('.file')) file.hidden = one('.case:not([hidden])', file) === null;
  for (const section of all('section.verdict')) section.hidden = one('.file:not([hidden])', section) === null;
}
