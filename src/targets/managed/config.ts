import { OneOf, Type } from '../../contracts/fields.js';
import { type ServersConfig, serversFields } from '../servers/config.js';
import type { ServerChoice } from './find.js';

/** `managed:` of a target, as it is written. */
export interface ManagedConfig extends ServersConfig, Partial<ServerChoice> {}

export const managedConfig = Type.Object(
  {
    ...serversFields,
    binary: Type.Optional(
      Type.String({ minLength: 1, description: 'The server, as a path or a name on PATH; else REDRILL_SERVER.' }),
    ),
    engine: Type.Optional(
      OneOf(['auto', 'redis', 'valkey'], { default: 'auto', description: 'Which server to look for.' }),
    ),
  },
  {
    additionalProperties: false,
    description: 'A server, or several that belong together, started for the run.',
  },
);
