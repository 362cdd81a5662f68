import type { Frame } from '../../contracts/result.js';
import { ScenarioError } from '../../errors.js';
import type { ElastiCacheConfig } from './config.js';

/** What to do where a token is refused. */
export const TOKEN_REFUSED =
  'allow elasticache:Connect on the cache and on the user, whose id and name must be the same; see that the user is in the user group of the cache, and that the clock is right';

/** Raises a ScenarioError for fields that do not go together. */
export function settleLogin(config: ElastiCacheConfig, frame?: Frame): void {
  const place = frame ? `${frame.file}:${frame.line}:${frame.column} ` : '';
  const wrong = (message: string, next: string): ScenarioError =>
    new ScenarioError(`${place}elasticache: ${message}`, { next, ...(frame && { frame }) });
  const { auth = 'none', user, token, serverlessCache, endpoint } = config;
  if (auth === 'iam' && user === undefined) throw wrong('`auth: iam` needs a `user`', 'name the IAM user of the cache');
  if (auth === 'token' && token === undefined) {
    throw wrong('`auth: token` needs a `token`', 'write `token: "${{ env.CACHE_TOKEN }}"`');
  }
  if (auth !== 'token' && token !== undefined) {
    throw wrong(
      `\`token\` belongs to \`auth: token\`, not to \`auth: ${auth}\``,
      'correct `auth`, or take out `token`',
    );
  }
  if (auth === 'none' && user !== undefined) {
    throw wrong('a `user` cannot log in with `auth: none`', 'write `auth: iam` or `auth: token`');
  }
  if (auth === 'iam' && user !== user?.toLowerCase()) {
    throw wrong(
      `the IAM user "${user}" has upper-case letters, which ElastiCache does not have`,
      'write it in lower case',
    );
  }
  if (serverlessCache !== undefined && endpoint === 'configuration') {
    throw wrong('a serverless cache has no configuration endpoint', 'leave out `endpoint`, or write `reader`');
  }
}
