import type { Command } from 'commander';

/** The commands about servers themselves; their code is loaded when one runs. */
export function addServerCommands(program: Command): void {
  program
    .command('targets')
    .description('list the servers that the configuration names, or say what one can do')
    .argument('[name]', 'a target of redrill.config.yaml, or `managed`')
    .option('--capabilities', 'what can be done to it beyond its commands')
    .option('--json', 'as JSON')
    .action(async (name, flags) => {
      process.exitCode = await (await import('../targets.js')).listTargets(name, flags);
    });
  program
    .command('doctor')
    .description('look at a server rung by rung, and say what stands in the way of a run')
    .argument('[target]', 'a target of redrill.config.yaml, `managed`, or a URL (default: the target of a run)')
    .option('--url <url>', 'the server: redis://, rediss://, unix://, valkey://, valkeys://')
    .option('--json', 'as JSON')
    .action(async (named, flags) => {
      process.exitCode = await (await import('./doctor.js')).doctor(named, flags);
    });
}
