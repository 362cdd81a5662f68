import { renderDetails } from '../details/case.js';
import type { CaseDetails } from '../model.js';
import { all, around, one } from './dom.js';

/** One line for each case, so that only those that are opened are read. */
let lines: readonly string[] | undefined;

function detailsOf(element: HTMLElement): CaseDetails | undefined {
  lines ??= document.getElementById('details')?.textContent?.split('\n') ?? [];
  const line = lines[Number(element.id.slice('case-'.length))];
  // The reporter wrote it.
  return line ? (JSON.parse(line) as CaseDetails) : undefined;
}

/** Puts the steps and all else into a case when it is first opened. */
function fill(element: HTMLElement): void {
  if (element.dataset.filled) return;
  element.dataset.filled = 'yes';
  for (const [index, details] of (detailsOf(element) ?? []).entries()) {
    const attempt = all('.attempt-body', element)[index];
    if (!attempt) continue;
    const brief = one('.brief', attempt);
    if (brief && details.failures !== undefined) brief.outerHTML = details.failures;
    one('.more', attempt)!.innerHTML = renderDetails(details).text;
  }
  addCopyButton(element);
}

function addCopyButton(element: HTMLElement): void {
  const line = one('.again', element);
  const text = one('code', line ?? element)?.textContent;
  if (!line || !text || !navigator.clipboard) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  button.setAttribute('aria-label', 'Copy the command that runs this case again');
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  });
  line.append(button);
}

/** Opens whatever the address names, with all that is folded around it. */
function followAddress(): void {
  const id = location.hash.slice(1);
  if (!id.startsWith('case-')) return;
  const element = document.getElementById(id) ?? document.getElementById(id.replace(/-failure-.*/, ''));
  const found = element?.closest<HTMLDetailsElement>('details.case');
  if (!element || !found) return;
  found.open = true;
  fill(found);
  (document.getElementById(id) ?? element).scrollIntoView({ block: 'start' });
  one('summary', found)?.focus({ preventScroll: true });
}

export function startCases(): void {
  document.addEventListener(
    'toggle',
    (event) => {
      const element = event.target;
      if (element instanceof HTMLDetailsElement && element.open && element.matches('.case')) fill(element);
    },
    // It does not bubble.
    true,
  );
  for (const element of all('details.case[open]')) fill(element);
  addEventListener('hashchange', followAddress);
  followAddress();
  document.addEventListener('keydown', moveAmongCases);
}

/** Up and down go from case to case, right and left open and close. */
function moveAmongCases(event: KeyboardEvent): void {
  const summary = around(event, 'details.case > summary');
  const element = summary?.parentElement;
  if (!summary || !(element instanceof HTMLDetailsElement) || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
    element.open = event.key === 'ArrowRight';
  } else {
    const shown = all('details.case:not([hidden]) > summary').filter((other) => other.closest('[hidden]') === null);
    const index = shown.indexOf(summary);
    const next = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (next === undefined) return;
    shown[next]?.focus();
  }
  event.preventDefault();
}
