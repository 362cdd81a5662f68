import { defineReporter } from '../contracts/reporter.js';

export const ndjson = defineReporter({
  name: 'ndjson',
  summary: 'Every event as one line of JSON, at once.',
  timeline: true,
  create: ({ output }) => ({
    onEvent: (event) => output.write(`${JSON.stringify(event)}\n`),
  }),
});
