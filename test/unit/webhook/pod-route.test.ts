import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { createLogger } from '../../../src/runtime/index.ts';
import { err, ok } from '../../../src/base/result.ts';
import type { Result } from '../../../src/base/result.ts';
import { refusalCodes, refuse } from '../../../src/core/index.ts';
import type { Refusal } from '../../../src/core/index.ts';
import { ApiError } from '../../../src/kube/index.ts';
import { podRoute } from '../../../src/webhook/index.ts';
import type { Admitted } from '../../../src/webhook/pod-admission.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { asked, reviewOf } from './reviews.ts';

const UID = '705ab4f5-6393-11e8-b7cc-42010a800002';
const down = { kind: 'unavailable', code: 0, reason: '', message: 'refused', request: 'GET /' } as const;
const never = new AbortController().signal;

interface Response {
  readonly uid: string;
  readonly allowed: boolean;
  readonly patchType?: string;
  readonly patch?: string;
  readonly warnings?: readonly string[];
  readonly status?: { readonly code: number; readonly reason: string; readonly message: string };
}

/** The answer to `body` when `decide` decides, and the outcomes that the metric counts. */
async function answerTo(
  body: unknown,
  decide: () => Promise<Result<Admitted, Refusal>>,
  signal = never,
  clock = new FakeClock(),
): Promise<{ readonly response: Response; readonly outcomes: readonly string[] }> {
  const outcomes: string[] = [];
  const observe = (outcome: string): void => void outcomes.push(outcome);
  const route = podRoute({ admission: { admit: decide }, clock, log: silentLogger, observe });
  const answer = await route(body, signal, {});
  expect(answer).toMatchObject({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' });
  return { response: (answer as { readonly response: Response }).response, outcomes };
}

const asItCame = async (): Promise<Result<Admitted, Refusal>> => ok({ pod: asked, warnings: [] });

describe('a pod that is let in', () => {
  test('is changed by a JSON Patch, with warnings', async () => {
    const spec = { ...asked.spec, hostNetwork: true };
    const decide = async (): ReturnType<typeof asItCame> =>
      ok({ pod: { ...asked, spec }, warnings: ['mind the step'] });
    const { response, outcomes } = await answerTo(reviewOf(asked), decide);
    const { patch = '', ...rest } = response;
    expect(rest).toEqual({ uid: UID, allowed: true, patchType: 'JSONPatch', warnings: ['mind the step'] });
    expect(JSON.parse(Buffer.from(patch, 'base64').toString())).toEqual([
      { op: 'add', path: '/spec/hostNetwork', value: true },
    ]);
    expect(outcomes).toEqual(['allowed']);
  });

  test('and needs no change is left as it is', async () => {
    expect((await answerTo(reviewOf(asked), asItCame)).response).toEqual({ uid: UID, allowed: true });
  });
});

describe('a pod that is kept out', () => {
  test.each([
    ['the process was stopped', (clock: FakeClock) => clock.stopFor(10_000)],
    ['the machine was suspended', (clock: FakeClock) => clock.moveWall(10_000)],
  ])('because what was decided for it is no longer to be told: %s', async (_, pass) => {
    const clock = new FakeClock();
    const decide = async (): ReturnType<typeof asItCame> => {
      pass(clock);
      return asItCame();
    };
    const { response, outcomes } = await answerTo(reviewOf(asked), decide, never, clock);
    expect(response.allowed).toBe(false);
    expect(outcomes).toEqual(['LedgerUnavailable']);
  });

  test.each<Refusal>([
    refuse.invalid('hostport.io/enabled: "True"'),
    refuse.poolNotFound('golden', []),
    refuse.exhausted({ pool: 'p', port: 'http', protocols: 'TCP', count: 1, free: 0 }),
    refuse.quotaExceeded({ namespace: 'n', pool: 'p', limit: 1, used: 1, wanted: 1 }),
    refuse.lent('voice', 'voice-1'),
  ])('is told $reason, with its code', async (refusal) => {
    const { response, outcomes } = await answerTo(reviewOf(asked), async () => err(refusal));
    const { reason, message } = refusal;
    const status = { status: 'Failure', code: refusalCodes[reason], reason, message: `${reason}: ${message}` };
    expect(response).toEqual({ uid: UID, allowed: false, status });
    expect(outcomes).toEqual([reason]);
  });

  test('is logged with what it was told', async () => {
    const stream = new PassThrough();
    const log = createLogger({ level: 'info', stream });
    const admission = { admit: async () => err(refuse.invalid('hostport.io/enabled: "True"')) };
    await podRoute({ admission, clock: new FakeClock(), log, observe: () => undefined })(reviewOf(asked), never, {});
    const line = JSON.parse(String(stream.read())) as unknown;
    expect(line).toMatchObject({
      message: 'a pod was refused',
      reason: 'InvalidRequest',
      says: 'hostport.io/enabled: "True"',
    });
  });

  test('is told no more than anybody reads', async () => {
    const refusal = refuse.invalid(`hostport.io/pool: "${'x'.repeat(1_000_000)}" is no name`);
    const { response } = await answerTo(reviewOf(asked), async () => err(refusal));
    expect(response.status?.message.length).toBeLessThan(2_100);
    expect(response.status?.message).toMatch(/^InvalidRequest: hostport.io\/pool: "x+…$/);
  });

  test.each<readonly [string, Error]>([
    ['the API server is in trouble', new ApiError(down)],
    ['the work was given up', new CancelledError('over')],
  ])('because %s may be tried again', async (_, trouble) => {
    const { response, outcomes } = await answerTo(reviewOf(asked), async () => Promise.reject(trouble));
    expect(response).toMatchObject({ allowed: false, status: { code: 503, reason: 'LedgerUnavailable' } });
    expect(response.status?.message).toContain('this is tried again by itself');
    expect(outcomes).toEqual(['LedgerUnavailable']);
  });

  test('because its time is over may be tried again, whatever broke', async () => {
    const over = AbortSignal.abort(new Error('took longer than 10000 ms'));
    const broken = async (): Promise<never> => Promise.reject(new Error('broken'));
    const { response } = await answerTo(reviewOf(asked), broken, over);
    expect(response).toMatchObject({ allowed: false, status: { reason: 'LedgerUnavailable' } });
  });
});

test('a fault of the program is no answer: the server says 500, and the API server keeps the pod out', async () => {
  const broken = async (): Promise<never> => Promise.reject(new TypeError('undefined is not a function'));
  await expect(answerTo(reviewOf(asked), broken)).rejects.toThrow('undefined is not a function');
});

describe('what is no review', () => {
  const unasked = async (): Promise<never> => Promise.reject(new Error('nobody is to be asked'));

  test('is refused under the UID that it has', async () => {
    const { response, outcomes } = await answerTo(reviewOf(asked, { operation: 'UPDATE' }), unasked);
    expect(response).toMatchObject({ uid: UID, allowed: false, status: { code: 422, reason: 'InvalidRequest' } });
    expect(response.status?.message).toContain('request.operation');
    expect(outcomes).toEqual(['InvalidRequest']);
  });

  test('is refused in a review, whatever it is', async () => {
    const anything = fc.oneof(fc.anything(), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(anything, async (body) => {
        expect((await answerTo(body, unasked)).response).toMatchObject({ uid: '', allowed: false });
      }),
      { numRuns: 500 },
    );
  });
});
