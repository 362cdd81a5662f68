/** Directives that a managed server has from us alone, and what to do instead. */
const RULES: readonly { readonly names: RegExp; readonly next: string }[] = [
  {
    names:
      /^(?:include|dir|logfile|pidfile|unixsocket|unixsocketperm|aclfile|cluster-config-file|syslog-.*|tls-.*-(?:file|dir|file-pass))$/,
    next: 'leave it out: what the server writes and reads stays in a folder of its own, which goes with it',
  },
  {
    names: /^(?:loadmodule.*|enable-module-command|enable-protected-configs)$/,
    next: 'leave it out: start a server with modules yourself, and give its URL',
  },
  {
    names:
      /^(?:port|bind|bind-source-addr|protected-mode|tls-port|rdma-.*|tls-replication|tls-cluster|.*-announce-.*)$/,
    next: 'leave it out: servers listen on free ports of the loopback; write `tls: true` for TLS',
  },
  {
    names: /^(?:requirepass|masterauth|masteruser|primaryauth|primaryuser|user|rename-command)$/,
    next: 'write `acl`: a user has a password, and may do what its rules allow',
  },
  {
    names: /^(?:replicaof|slaveof|cluster-enabled|cluster-port|sentinel.*)$/,
    next: 'write `topology`',
  },
  { names: /^(?:appendonly)$/, next: 'write `persistence: aof`' },
  { names: /^(?:daemonize|supervised)$/, next: 'leave it out: the server ends with the run' },
];

/** What to do instead; undefined when the directive is allowed. */
export function refuseDirective(name: string): string | undefined {
  if (!/^[a-z][a-z0-9_-]*$/.test(name)) return 'names of directives are lower-case letters, digits and -';
  return RULES.find(({ names }) => names.test(name))?.next;
}
