import { defineReporter } from '../contracts/reporter.js';
import { HtmlCollector } from './html/collect.js';
import { renderPage } from './html/page.js';

/** Characters that are written at once: a page of ten thousand cases has as many parts. */
const CHUNK = 2 ** 16;

export const html = defineReporter({
  name: 'html',
  summary: 'One page to find out why, in any browser and without a network: cases, steps, timelines, messages.',
  timeline: true,
  create: ({ output }) => {
    const collector = new HtmlCollector();
    return {
      onEvent: (event) => collector.add(event),
      finish: () => {
        let waiting = '';
        for (const part of renderPage(collector)) {
          waiting += part;
          if (waiting.length < CHUNK) continue;
          output.write(waiting);
          waiting = '';
        }
        output.write(waiting);
      },
    };
  },
});
