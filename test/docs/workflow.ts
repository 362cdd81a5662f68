import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import { build } from 'esbuild';

type Parser = typeof import('@actions/workflow-parser') & typeof import('@actions/workflow-parser/actions/index');

const EXPORTS = "export * from '@actions/workflow-parser'; export * from '@actions/workflow-parser/actions/index';";

/** GitHub's own parser of workflows and actions; it imports JSON without saying so, which Node refuses, so it is bundled first. */
async function loadParser(): Promise<Parser> {
  const { outputFiles } = await build({
    stdin: { contents: EXPORTS, resolveDir: import.meta.dirname },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    write: false,
  });
  const module = { exports: {} };
  compileFunction(outputFiles[0]?.text ?? '', ['module', 'require'])(module, createRequire(import.meta.url));
  return module.exports as Parser; // the same, in one file
}

let parser: Promise<Parser> | undefined;

/** What is wrong with a workflow. */
export async function lintWorkflow(content: string): Promise<readonly string[]> {
  parser ??= loadParser();
  const { NoOperationTraceWriter, parseWorkflow } = await parser;
  const { context } = parseWorkflow({ name: 'workflow.yml', content }, new NoOperationTraceWriter());
  return context.errors.getErrors().map(({ message }) => message);
}

/** What is wrong with an action. */
export async function lintAction(content: string): Promise<readonly string[]> {
  parser ??= loadParser();
  const { NoOperationTraceWriter, parseAction } = await parser;
  const { context } = parseAction({ name: 'action.yml', content }, new NoOperationTraceWriter());
  return context.errors.getErrors().map(({ message }) => message);
}
