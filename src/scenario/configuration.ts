import { Type } from '../contracts/fields.js';

const text = (description: string) => Type.String({ minLength: 1, description });
const pem = (what: string) =>
  text(`${what}: the path of a PEM file, relative to this one, or \`\${{ env.NAME }}\` with it.`);

/** How a server with a URL is reached beside it. */
const accessFields = {
  tls: Type.Optional(
    Type.Object(
      {
        ca: Type.Optional(pem('Certificate of the authority that signed the server’s')),
        cert: Type.Optional(pem('Certificate of this client')),
        key: Type.Optional(pem('Private key of this client')),
        serverName: Type.Optional(
          text('The name in the certificate, where the address is another: a tunnel, an IP address.'),
        ),
        verify: Type.Optional(
          Type.Boolean({ default: true, description: 'False: any certificate will do, so that anybody may be there.' }),
        ),
      },
      { additionalProperties: false, description: 'For rediss://.' },
    ),
  ),
  sentinel: Type.Optional(
    Type.Object(
      {
        primary: text('Name of the primary, as the Sentinels have it.'),
        nodes: Type.Array(text('host:port'), { minItems: 1, description: 'The Sentinels.' }),
        username: Type.Optional(text('As whom to log in to the Sentinels.')),
        password: Type.Optional(text('By `${{ env.NAME }}` alone.')),
      },
      {
        additionalProperties: false,
        description:
          'Sentinels that know where the primary is; of the URL only its credentials, database and TLS count.',
      },
    ),
  ),
  readFrom: Type.Optional(
    Type.Unsafe<string>({
      type: 'string',
      enum: ['primary', 'replica'],
      default: 'primary',
      description: 'Where commands that only read go.',
    }),
  ),
  nodeAddresses: Type.Optional(
    Type.Unsafe<Readonly<Record<string, string>>>({
      type: 'object',
      propertyNames: { pattern: '^[^\\s]+:[0-9]+$' },
      additionalProperties: { type: 'string', minLength: 1 },
      description:
        'Where nodes are reached whose own addresses lead nowhere from here: what a node calls itself, and host:port.',
      examples: [{ '10.0.0.1:6379': '127.0.0.1:7001' }],
    }),
  ),
};

const targetSchema = Type.Object(
  {
    url: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'redis://, rediss://, unix://, valkey:// or valkeys://; a password by `${{ env.NAME }}` alone.',
      }),
    ),
    ...accessFields,
  },
  // The composition adds every other kind of target, from its unit.
  { additionalProperties: false, exactlyOneOf: ['url'] },
);

/** `redrill.config.yaml`. */
export const configSchema = Type.Object(
  {
    scenarios: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), { description: 'Default paths of `redrill run`.' }),
    ),
    plugins: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), { description: 'Modules that add actions, relative to this file.' }),
    ),
    env: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }), {
        description:
          'Environment variables that scenarios may read as `env.NAME`; their values are redacted in every output.',
      }),
    ),
    allow: Type.Optional(
      Type.Array(Type.Unsafe<string>({ type: 'string', enum: ['run'] }), {
        description: 'What scenarios may do beyond the server. `run`: start programs, as --allow-run.',
      }),
    ),
    target: Type.Optional(Type.String({ description: 'The target used when the command line names none.' })),
    targets: Type.Optional(
      Type.Unsafe<Record<string, unknown>>({
        type: 'object',
        propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_-]*$' },
        additionalProperties: targetSchema,
        description: 'Named servers; a URL may take credentials from `${{ env.NAME }}`.',
      }),
    ),
  },
  { additionalProperties: false },
);
