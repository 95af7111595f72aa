import { describe, expect, test } from '@jest/globals';
import { Lifetime, openLifetimes } from '../../../src/base/lifetime.ts';

describe('a lifetime', () => {
  test('ends what it owns in reverse order, once', async () => {
    const ended: string[] = [];
    const lifetime = new Lifetime('test');
    lifetime.defer(() => void ended.push('first'));
    lifetime.own({ [Symbol.dispose]: () => void ended.push('second') });
    await lifetime[Symbol.asyncDispose]();
    await lifetime[Symbol.asyncDispose]();
    expect(ended).toEqual(['second', 'first']);
  });

  test('is reported while it is open', async () => {
    const lifetime = new Lifetime('a watch');
    expect(openLifetimes()).toContain('a watch');
    await lifetime[Symbol.asyncDispose]();
    expect(openLifetimes()).not.toContain('a watch');
  });

  test('runs every ending even when one fails, and tells of the failure', async () => {
    const ended: string[] = [];
    const lifetime = new Lifetime('test');
    lifetime.defer(() => void ended.push('reached'));
    lifetime.defer(() => Promise.reject(new Error('stuck')));
    await expect(lifetime[Symbol.asyncDispose]()).rejects.toThrow('stuck');
    expect(ended).toEqual(['reached']);
  });

  test('hands a fault of its loop on, and no cancellation', async () => {
    const faults: unknown[] = [];
    const lifetime = new Lifetime('test');
    lifetime.run(
      () => Promise.reject(new Error('broken')),
      (error) => faults.push(error),
    );
    lifetime.run(
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('late')))),
      (error) => faults.push(error),
    );
    await Promise.resolve();
    await lifetime[Symbol.asyncDispose]();
    expect(faults).toEqual([new Error('broken')]);
  });
});
