import { describe, expect, test } from '@jest/globals';
import { ConfigMaps } from '../../../src/kube/index.ts';
import { linesOf, readFrame } from '../../../src/kube/watch-stream.ts';
import { configMap } from './objects.ts';

async function* pieces(...texts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield typeof text === 'string' ? new TextEncoder().encode(text) : text;
}

async function collect(source: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const one of source) all.push(one);
  return all;
}

describe('lines of a stream', () => {
  test.each<[string, string[], string[]]>([
    ['one piece with two lines', ['{"a":1}\n{"b":2}\n'], ['{"a":1}', '{"b":2}']],
    ['one line in three pieces', ['{"a"', ':', '1}\n'], ['{"a":1}']],
    ['a break between pieces', ['{"a":1}', '\n{"b":2}\n'], ['{"a":1}', '{"b":2}']],
    ['half an event at the end is left out', ['{"a":1}\n{"b":'], ['{"a":1}']],
    ['a whole event at the end is kept', ['{"a":1}\n{"b":2}'], ['{"a":1}', '{"b":2}']],
  ])('%s', async (_, texts, lines) => {
    expect(await collect(linesOf(pieces(...texts)))).toEqual(lines);
  });

  test('a character may span two pieces', async () => {
    const bytes = new TextEncoder().encode('"ü"\n');
    expect(await collect(linesOf(pieces(bytes.slice(0, 2), bytes.slice(2))))).toEqual(['"ü"']);
  });
});

describe('a frame', () => {
  const read = (type: string, object: unknown) => readFrame(JSON.stringify({ type, object }), ConfigMaps, 'GET /x');

  test('carries an object', () => {
    expect(read('ADDED', configMap('a', 1))).toEqual({ type: 'ADDED', object: configMap('a', 1) });
  });

  test('of a bookmark carries a version alone', () => {
    expect(read('BOOKMARK', { metadata: { resourceVersion: '7' } })).toEqual({
      type: 'BOOKMARK',
      resourceVersion: '7',
      endsList: false,
    });
  });

  test('of the bookmark after the last object of a streamed list says so', () => {
    const annotations = { 'k8s.io/initial-events-end': 'true' };
    expect(read('BOOKMARK', { metadata: { resourceVersion: '7', annotations } })).toMatchObject({ endsList: true });
  });

  test('of an error is thrown', () => {
    expect(() => read('ERROR', { code: 410, reason: 'Expired' })).toThrow(expect.objectContaining({ kind: 'gone' }));
  });

  test('of a type to come is left out', () => {
    expect(read('RENAMED', {})).toBeUndefined();
  });
});
