import { renderDetails } from '../details/case.js';
import { renderFacts } from '../details/facts.js';
import { CASES_IN_BLOCK, type CaseDetails } from '../model.js';
import { all, around, one } from './dom.js';

function detailsOf(element: HTMLElement): CaseDetails | undefined {
  const index = Number(element.id.slice('case-'.length)) - 1;
  const block = document.getElementById(`details-${Math.floor(index / CASES_IN_BLOCK)}`);
  const line = block?.textContent?.split('\n')[index % CASES_IN_BLOCK];
  // The reporter wrote it.
  return line ? (JSON.parse(line) as CaseDetails) : undefined;
}

/** Puts the steps and all else into a case when it is first opened. */
function fill(element: HTMLElement): void {
  if (element.dataset.filled) return;
  element.dataset.filled = 'yes';
  const details = detailsOf(element);
  if (!details) return;
  const { body } = details;
  if (body) one('.body', element)!.innerHTML = renderFacts(body.facts).text + body.attempts;
  for (const [index, room] of all('.more', element).entries()) {
    const attempt = details.attempts[index];
    if (attempt) room.innerHTML = renderDetails(attempt).text;
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
