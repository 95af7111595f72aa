import { describe, expect, test } from '@jest/globals';
import { ApiError, ConfigMaps } from '../../../src/kube/index.ts';
import type { ApiErrorKind, ClusterClient } from '../../../src/kube/index.ts';
import { PatientClient } from '../../support/hostport/patient-client.ts';
import { troubleIn } from '../../support/hostport/patience.ts';

const { signal } = new AbortController();
const key = { namespace: 'default', name: 'one' };
const draft = { metadata: key };

function failure(kind: ApiErrorKind, message = 'no answer'): ApiError {
  return new ApiError({ kind, code: 0, reason: '', message, request: 'a request' });
}

/** A client whose requests fail so, one after the other, and then succeed. */
function failing(...failures: readonly ApiError[]): { readonly client: PatientClient; readonly tries: () => number } {
  let tries = 0;
  const stored = { ...draft, metadata: { ...key, uid: 'u', resourceVersion: '1' } };
  const attempt = (): Promise<unknown> => {
    const error = failures[tries++];
    return error === undefined ? Promise.resolve(stored) : Promise.reject(error);
  };
  const requests = { create: attempt, remove: attempt, replace: attempt, patch: attempt, list: attempt };
  const client = { ...requests, get: () => Promise.resolve(stored) } as unknown as ClusterClient;
  return { client: new PatientClient(client), tries: () => tries };
}

describe('a request of a test', () => {
  test('is tried again when nobody answered, and after 429', async () => {
    const { client, tries } = failing(failure('unavailable'), failure('throttled'));
    await client.list(ConfigMaps, { signal });
    expect(tries()).toBe(3);
  });

  test('that creates takes "already exists" for its own doing after a lost answer', async () => {
    const { client } = failing(failure('unavailable'), failure('alreadyExists'));
    expect(await client.create(ConfigMaps, draft, { signal })).toMatchObject({ metadata: { uid: 'u' } });
  });

  test('that deletes takes "not found" for its own doing after a lost answer', async () => {
    const { client } = failing(failure('unavailable'), failure('notFound'));
    await expect(client.remove(ConfigMaps, key, { signal })).resolves.toBeUndefined();
  });

  test.each([[[]], [[failure('throttled')]]])('is told of either when no answer was lost (%#)', async (before) => {
    const create = failing(...before, failure('alreadyExists')).client.create(ConfigMaps, draft, { signal });
    await expect(create).rejects.toMatchObject({ kind: 'alreadyExists' });
    const remove = failing(...before, failure('notFound')).client.remove(ConfigMaps, key, { signal });
    await expect(remove).rejects.toMatchObject({ kind: 'notFound' });
  });

  test('is told what a webhook said', async () => {
    const { client, tries } = failing(failure('unavailable', 'admission webhook "x" denied the request: no room'));
    await expect(client.create(ConfigMaps, draft, { signal })).rejects.toThrow('no room');
    expect(tries()).toBe(1);
  });

  test('is never repeated where it would do something else the second time', async () => {
    const generated = { metadata: { namespace: 'default', generateName: 'one-' } };
    const step = { op: 'add', path: '/data/list/-', value: 'x' } as const;
    const requests = [
      (client: PatientClient) => client.create(ConfigMaps, generated, { signal }),
      (client: PatientClient) => client.replace(ConfigMaps, draft, { signal }),
      (client: PatientClient) => client.patch(ConfigMaps, key, { type: 'json', body: [step], signal }),
    ];
    for (const request of requests) {
      const { client, tries } = failing(failure('unavailable'));
      await expect(request(client)).rejects.toMatchObject({ kind: 'unavailable' });
      expect(tries()).toBe(1);
    }
  });
});

describe('what kubectl says', () => {
  test.each([
    ['The connection to the server 127.0.0.1:1 was refused', 'refused unseen'],
    ['Unable to connect to the server: dial tcp 127.0.0.1:1: connect: connection refused', 'refused unseen'],
    ['Unable to connect to the server: net/http: TLS handshake timeout', 'refused unseen'],
    ['Error from server (TooManyRequests): try again', 'refused unseen'],
    ['Error from server (Timeout): the server was unable to return a response', 'unknown'],
    ['Error from server: etcdserver: request timed out', 'unknown'],
    ['error: unexpected EOF', 'unknown'],
    ['Error from server (NotFound): pods "x" not found', undefined],
    ['Error from server (InternalError): failed calling webhook "x": connect: connection refused', undefined],
    ['Error from server (ServiceUnavailable): admission webhook "x" denied the request: no room', undefined],
  ])('%s', (stderr, trouble) => {
    expect(troubleIn(stderr)).toBe(trouble);
  });
});
