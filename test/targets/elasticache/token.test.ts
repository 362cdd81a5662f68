import { expect, test } from 'vitest';
import { signToken } from '../../../src/targets/elasticache/token.js';

const now = new Date('2026-09-01T12:34:56.789Z');
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const request = { cache: 'orders', serverless: false, user: 'app', region: 'eu-west-1', credentials };

// Both signatures come from @smithy/signature-v4 5.7.5, for the same request.
test('is what the AWS SDK signs', () => {
  expect(signToken(request, now)).toBe(
    'orders/?Action=connect&User=app&X-Amz-Algorithm=AWS4-HMAC-SHA256' +
      '&X-Amz-Credential=AKIDEXAMPLE%2F20260901%2Feu-west-1%2Felasticache%2Faws4_request&X-Amz-Date=20260901T123456Z' +
      '&X-Amz-Expires=900&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=66f9c65d9c332a1405ff697df58b6d7bafaf52beae42854585b39d903ca42a17',
  );
});

test('of a serverless cache, by temporary credentials, for a user with special characters', () => {
  const temporary = { ...credentials, sessionToken: 'IQoJb3Jp/Z2lu+X2Vj=EXAMPLE' };
  const token = signToken({ ...request, serverless: true, user: 'app user+1', credentials: temporary }, now);
  expect(token).toContain('Action=connect&ResourceType=ServerlessCache&User=app%20user%2B1&');
  expect(token).toContain('&X-Amz-Security-Token=IQoJb3Jp%2FZ2lu%2BX2Vj%3DEXAMPLE&');
  expect(token).toMatch(/&X-Amz-Signature=78d3250eed2c8f56683327d1eb8fd78d7ab7f933c8d1b810a84e1923973f595b$/);
});

test('has the id in lower case', () => {
  expect(signToken({ ...request, cache: 'Orders' }, now)).toBe(signToken(request, now));
});
