import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { silentLogger } from '../../../src/base/logger.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { ApiError, ConfigMaps } from '../../../src/kube/index.ts';
import type { ConfigMap, ObjectList, WatchEvent, WatchSource } from '../../../src/kube/index.ts';
import { Contact } from '../../../src/kube/contact.ts';
import { WatchLoop } from '../../../src/kube/watch-loop.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { configMap } from './objects.ts';

/** What an API server answers to one watch: events, and then its end or a failure. */
type Answer = readonly (WatchEvent<ConfigMap> | Error)[];

const clock = new FakeClock();
let asked: string[];
let seen: string[];
let ended: AbortController;
let whenEnded: Promise<void> | undefined;

beforeEach(() => {
  asked = [];
  seen = [];
  ended = new AbortController();
});
afterEach(async () => {
  ended.abort();
  await whenEnded;
});

const added = (name: string, version: number, owner?: string): WatchEvent<ConfigMap> => {
  return { type: 'ADDED', object: configMap(name, version, owner === undefined ? {} : { labels: { owner } }) };
};
const bookmark = (version: number, endsList = false): WatchEvent<ConfigMap> => {
  return { type: 'BOOKMARK', resourceVersion: String(version), endsList };
};
const refusal = (kind: 'invalid' | 'unavailable' | 'gone', code: number) =>
  new ApiError({ kind, code, reason: '', message: kind, request: 'WATCH configmaps' });

/** Runs a loop over an API server that gives `answers` to its watches in turn, and then sends nothing more. */
function run(answers: readonly Answer[]): void {
  const left = [...answers];
  const client = {
    list: async () => {
      asked.push('list in pages');
      return { items: [configMap('listed', 5)], resourceVersion: '7' };
    },
    watch: async function* (_: unknown, options: { readonly resourceVersion?: string; readonly signal: AbortSignal }) {
      asked.push(options.resourceVersion === undefined ? 'streamed list' : `watch from ${options.resourceVersion}`);
      const answer = left.shift();
      for (const each of answer ?? []) {
        if (each instanceof Error) throw each;
        yield each;
      }
      if (answer === undefined) await new Promise((resolve) => options.signal.addEventListener('abort', resolve));
    },
  } as unknown as WatchSource;
  const sink = {
    newest: () => '3',
    wanted: {
      keep: ({ metadata }: ConfigMap) => metadata.labels?.['owner'] !== 'somebody else',
      trim: (object: ConfigMap) => ({ ...object, kind: 'trimmed' }),
    },
    listed: ({ items, resourceVersion }: ObjectList<ConfigMap>, floor: string) => {
      const names = items.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      seen.push(`list of ${resourceVersion} from ${floor}: ${names.join(', ')}`);
    },
    happened: (event: WatchEvent<ConfigMap>) => {
      seen.push(event.type === 'BOOKMARK' ? `bookmark ${event.resourceVersion}` : event.object.metadata.name);
    },
  };
  const contact = new Contact(clock, silentLogger);
  const parts = { client, sink, contact, clock, random: seededRandom(1), type: ConfigMaps, selection: {} };
  whenEnded = new WatchLoop<ConfigMap>(parts).run(ended.signal);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await clock.advance(1_000);
}

test('a streamed list is one list, of what is wanted, and the watch goes on in it', async () => {
  run([
    [
      added('a', 4),
      added('b', 5, 'somebody else'),
      added('c', 6),
      { type: 'DELETED', object: configMap('c', 7) },
      bookmark(8, true),
      added('d', 9),
      bookmark(11),
    ],
  ]);
  await until(() => asked.length === 2);
  expect(seen).toEqual(['list of 8 from 3: trimmed a', 'd', 'bookmark 11']);
  expect(asked).toEqual(['streamed list', 'watch from 11']);
});

test('what is wanted no more when it changes while the list comes is not in it', async () => {
  const changed: WatchEvent<ConfigMap> = {
    type: 'MODIFIED',
    object: configMap('a', 6, { labels: { owner: 'somebody else' } }),
  };
  run([[added('a', 4), changed, bookmark(8, true)]]);
  await until(() => seen.length === 1);
  expect(seen).toEqual(['list of 8 from 3: ']);
});

test('a server without streamed lists is asked in pages, each time from then on', async () => {
  run([[refusal('invalid', 422)], [added('b', 8), refusal('gone', 410)]]);
  await until(() => asked.length === 5);
  expect(asked).toEqual(['streamed list', 'list in pages', 'watch from 7', 'list in pages', 'watch from 7']);
  expect(seen).toEqual(['list of 7 from 3: ConfigMap listed', 'b', 'list of 7 from 3: ConfigMap listed']);
});

test('a streamed list that ends before its last object is no list: the next comes in pages, the one after that streamed', async () => {
  run([[added('a', 4)], [refusal('gone', 410)], [added('c', 9), bookmark(9, true)]]);
  await until(() => asked.length === 5);
  expect(asked).toEqual(['streamed list', 'list in pages', 'watch from 7', 'streamed list', 'watch from 9']);
  expect(seen).toEqual(['list of 7 from 3: ConfigMap listed', 'list of 9 from 3: trimmed c']);
});

test('a streamed list that fails is no list either', async () => {
  run([[added('a', 4), refusal('unavailable', 0)]]);
  await until(() => asked.length === 3);
  expect(asked).toEqual(['streamed list', 'list in pages', 'watch from 7']);
  expect(seen).toEqual(['list of 7 from 3: ConfigMap listed']);
});
