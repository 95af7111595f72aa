import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { ApiError } from '../../../src/kube/index.ts';
import { createLogger, withLogFields } from '../../../src/runtime/index.ts';
import type { LogLevel } from '../../../src/runtime/index.ts';

/** A logger, and the lines that it has written. */
function loggerTo(level: LogLevel) {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  return { logger: createLogger({ level, stream }), lines };
}

describe('the log', () => {
  test('is one JSON object a line', () => {
    const { logger, lines } = loggerTo('info');
    logger.info('serves', { port: 8080 });
    expect(lines).toEqual([{ timestamp: expect.any(String), level: 'info', message: 'serves', port: 8080 }]);
    expect(Date.parse(String(lines[0]?.['timestamp']))).not.toBeNaN();
  });

  test.each([
    ['error', ['error']],
    ['warn', ['error', 'warn']],
    ['info', ['error', 'warn', 'info']],
    ['debug', ['error', 'warn', 'info', 'debug']],
  ] as const)('of level %s tells %j', (level, told) => {
    const { logger, lines } = loggerTo(level);
    for (const one of ['error', 'warn', 'info', 'debug'] as const) logger[one](one);
    expect(lines.map((line) => line['message'])).toEqual(told);
  });

  test('adds what its parents add', () => {
    const { logger, lines } = loggerTo('info');
    logger.child({ controller: 'pools', key: 'a' }).child({ key: 'b' }).info('done', { seconds: 1 });
    expect(lines[0]).toMatchObject({ controller: 'pools', key: 'b', seconds: 1 });
  });

  test('adds what is said of the work that it is about, however long that takes, and to nothing else', async () => {
    const { logger, lines } = loggerTo('info');
    const own = logger.child({ controller: 'pools' });
    const work = async (key: string): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      own.info(key);
    };
    const both = ['a', 'b'].map((key) => withLogFields({ reconcileID: `id of ${key}` }, () => work(key)));
    own.info('beside');
    await Promise.all(both);
    expect(lines.map(({ message, controller, reconcileID }) => [message, controller, reconcileID])).toEqual([
      ['beside', 'pools', undefined],
      ['a', 'pools', 'id of a'],
      ['b', 'pools', 'id of b'],
    ]);
  });

  test('lets no field take the place of level or message', () => {
    const { logger, lines } = loggerTo('info');
    // The compiler refuses such fields where it knows their names.
    const fields: Readonly<Record<string, unknown>> = { level: 'error', message: 'other' };
    logger.info('as said', fields);
    expect(lines[0]).toMatchObject({ level: 'info', message: 'as said' });
  });

  test('tells an error with its causes', () => {
    const { logger, lines } = loggerTo('info');
    const cause = new ApiError({
      kind: 'conflict',
      code: 409,
      reason: 'Conflict',
      message: 'not the newest',
      request: 'PUT x',
    });
    logger.error('failed', { error: new TypeError('no write', { cause: new Error('tried twice', { cause }) }) });
    expect(lines[0]?.['error']).toMatchObject({
      message: 'no write',
      name: 'TypeError',
      stack: expect.stringContaining('logging.test.ts'),
      cause: { message: 'tried twice', cause: { message: 'not the newest', name: 'ApiError', kind: 'conflict' } },
    });
  });

  test('bears whatever it is given', () => {
    const { logger, lines } = loggerTo('info');
    const ring: { self?: unknown } = {};
    ring.self = ring;
    logger.info('odd', { ring, big: 2n, nothing: undefined });
    const bitten = new Error('its own cause');
    bitten.cause = bitten;
    logger.info('odder', { error: bitten });
    expect(lines.map((line) => line['message'])).toEqual(['odd', 'odder']);
  });
});
