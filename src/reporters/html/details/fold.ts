import { type Content, html, type Markup } from '../markup.js';

interface Fold {
  readonly kind: string;
  readonly title: string;
  /** Small, behind the title. */
  readonly note?: Content;
  readonly open?: boolean;
}

/** A part of a case that can be folded. */
export const renderFold = ({ kind, title, note, open = false }: Fold, content: Content): Markup =>
  html`<details class="part ${kind}"${open && html` open`}><summary><h4>${title}</h4>${note !== undefined && html` <span class="note">${note}</span>`}</summary><div class="inside">${content}</div></details>`;
