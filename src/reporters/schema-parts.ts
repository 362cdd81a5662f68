import type { Static, TProperties, TSchema } from 'typebox';
import { Type } from '../contracts/fields.js';

/** Words that the schemas of reports are written in. */

export const closed = { additionalProperties: false } as const;
export const record = <T extends TProperties>(properties: T, description?: string) =>
  Type.Object(properties, description === undefined ? closed : { ...closed, description });
export const List = <T extends TSchema>(items: T, description?: string) =>
  Type.Unsafe<readonly Static<T>[]>(Type.Array(items, description === undefined ? {} : { description }));
export const Text = (description: string) => Type.String({ description });
