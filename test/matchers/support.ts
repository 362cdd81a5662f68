import type { Matcher } from '../../src/contracts/matcher.js';
import { approx } from '../../src/matchers/approx.js';
import { contains } from '../../src/matchers/contains.js';
import { eq } from '../../src/matchers/eq.js';
import { every } from '../../src/matchers/every.js';
import { exists } from '../../src/matchers/exists.js';
import { gt } from '../../src/matchers/gt.js';
import { gte } from '../../src/matchers/gte.js';
import { in as isIn } from '../../src/matchers/in.js';
import { length } from '../../src/matchers/length.js';
import { lt } from '../../src/matchers/lt.js';
import { lte } from '../../src/matchers/lte.js';
import { matches } from '../../src/matchers/matches.js';
import { ne } from '../../src/matchers/ne.js';
import { nin } from '../../src/matchers/nin.js';
import { not } from '../../src/matchers/not.js';
import { sameItems } from '../../src/matchers/sameItems.js';
import { schema } from '../../src/matchers/schema.js';
import { some } from '../../src/matchers/some.js';
import { type } from '../../src/matchers/type.js';

const all: readonly Matcher[] = [
  eq,
  ne,
  gt,
  gte,
  lt,
  lte,
  isIn,
  nin,
  matches,
  contains,
  length,
  type,
  exists,
  approx,
  every,
  some,
  sameItems,
  not,
  schema,
];

export const matchers: ReadonlyMap<string, Matcher> = new Map(all.map((matcher) => [matcher.name, matcher]));
