import { OneOf, Type } from '../../contracts/fields.js';
import { QUANTITY_PATTERNS } from '../../format/quantity.js';
import { type ServersConfig, serversFields } from '../servers/config.js';

/** `container:` of a target, as it is written. */
export interface ContainerConfig extends ServersConfig {
  readonly image: string;
  readonly command?: string;
  readonly pull?: PullPolicy;
  readonly startTimeout?: string;
}

/** As `docker run --pull` has it. */
export type PullPolicy = 'missing' | 'always' | 'never';

export const containerConfig = Type.Object(
  {
    image: Type.String({
      minLength: 1,
      description: 'Image with a Redis or Valkey server; may have `${{ env.NAME }}`.',
      examples: ['valkey/valkey:8', 'redis:7.2', 'registry.example:5000/cache/valkey:8.1'],
    }),
    command: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'The server’s program in the image. Default: valkey-server where the image has valkey in its name, else redis-server.',
      }),
    ),
    pull: Type.Optional(
      OneOf(['missing', 'always', 'never'], {
        default: 'missing',
        description: 'When to pull the image. Default: when Docker does not have it yet.',
      }),
    ),
    startTimeout: Type.Optional(
      Type.String({
        pattern: QUANTITY_PATTERNS.duration,
        default: '60s',
        description: 'How long each container may take until its server answers, without the pull. Default 60s.',
        examples: ['2m'],
      }),
    ),
    ...serversFields,
  },
  { additionalProperties: false, description: 'A server in a container, or several, started for the run by Docker.' },
);
