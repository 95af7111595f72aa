import { describe, expect, test } from '@jest/globals';
import { errorOfNetwork, errorOfStatus } from '../../../src/kube/errors.ts';
import type { Status } from '../../../src/kube/errors.ts';
import { isApiError } from '../../../src/kube/index.ts';

const terminating: Status = { reason: 'Forbidden', details: { causes: [{ reason: 'NamespaceTerminating' }] } };

describe('the kind of a refusal', () => {
  test.each<[string, number, Status, string]>([
    ['an object that is not there', 404, { reason: 'NotFound' }, 'notFound'],
    ['a stale version', 409, { reason: 'Conflict' }, 'conflict'],
    ['a name that is taken', 409, { reason: 'AlreadyExists' }, 'alreadyExists'],
    ['a version that is forgotten', 410, { reason: 'Expired' }, 'gone'],
    ['a missing permission', 403, { reason: 'Forbidden' }, 'forbidden'],
    ['a namespace on its way out', 403, terminating, 'namespaceTerminating'],
    ['a bad token', 401, { reason: 'Unauthorized' }, 'unauthorized'],
    ['a bad object', 422, { reason: 'Invalid' }, 'invalid'],
    ['too many requests', 429, { reason: 'TooManyRequests' }, 'throttled'],
    ['a server that starts', 503, {}, 'unavailable'],
    ['a server that failed', 500, { reason: 'InternalError' }, 'unavailable'],
    ['a request that is wrong', 400, { reason: 'BadRequest' }, 'refused'],
  ])('%s', (_, code, status, kind) => {
    expect(errorOfStatus(code, status, 'GET /x')).toMatchObject({ kind, code, reason: status.reason ?? '' });
  });

  test('no answer at all keeps its cause', () => {
    const cause = new Error('connect ECONNREFUSED');
    expect(errorOfNetwork(cause, 'PUT /x')).toMatchObject({ kind: 'unavailable', code: 0, request: 'PUT /x', cause });
  });
});

describe('how long the server wants to be left alone', () => {
  test('the header goes before the status', () => {
    const status: Status = { details: { retryAfterSeconds: 7 } };
    expect(errorOfStatus(429, status, 'GET /x', 2_000).retryAfterMs).toBe(2_000);
    expect(errorOfStatus(429, status, 'GET /x').retryAfterMs).toBe(7_000);
    expect(errorOfStatus(429, {}, 'GET /x').retryAfterMs).toBeUndefined();
  });
});

describe('the guard', () => {
  test('takes any kind when none is named', () => {
    const error: unknown = errorOfStatus(404, {}, 'GET /x');
    expect([isApiError(error), isApiError(error, 'gone', 'notFound'), isApiError(error, 'gone')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(isApiError(new Error('other'))).toBe(false);
  });
});
