import { one } from './dom.js';

const KEY = 'redrill-theme';
type Theme = 'light' | 'dark';

/** As the system has it, until a reader chooses. */
export function startTheme(): void {
  const button = one<HTMLButtonElement>('#theme');
  if (!button) return;
  const system = matchMedia('(prefers-color-scheme: dark)');
  let chosen = remembered();
  const show = () => {
    const theme: Theme = chosen ?? (system.matches ? 'dark' : 'light');
    if (chosen) document.documentElement.dataset.theme = chosen;
    const other = theme === 'dark' ? 'light' : 'dark';
    button.textContent = other === 'dark' ? 'Dark' : 'Light';
    button.setAttribute('aria-label', `${button.textContent} theme`);
    button.dataset.next = other;
  };
  button.addEventListener('click', () => {
    chosen = button.dataset.next === 'dark' ? 'dark' : 'light';
    remember(chosen);
    show();
  });
  system.addEventListener('change', show);
  show();
  button.hidden = false;
}

/** A browser may keep nothing for a page of a file. */
function remembered(): Theme | undefined {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === 'light' || theme === 'dark' ? theme : undefined;
  } catch {
    return undefined;
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // It holds until the page is left.
  }
}
