import { expect, test } from '@jest/globals';
import { ApiError, ConfigMaps } from '../../../src/kube/index.ts';
import { allPages } from '../../../src/kube/pages.ts';

const { signal } = new AbortController();
const named = (...names: readonly string[]) => names.map((name) => ({ metadata: { name } })) as never;
const keep = ({ metadata }: { readonly metadata: { readonly name: string } }): boolean => metadata.name !== 'b';
const namesIn = (list: { readonly items: readonly { readonly metadata: { readonly name: string } }[] }) =>
  list.items.map(({ metadata }) => metadata.name);

test('what nobody wants is not kept, of any page', async () => {
  const pages = [
    { metadata: { resourceVersion: '7', continue: 'x' }, items: named('a', 'b') },
    { metadata: { resourceVersion: '7' }, items: named('b', 'c') },
  ];
  const list = await allPages(ConfigMaps, { signal, keep }, async () => pages.shift() as never);
  expect([namesIn(list), list.resourceVersion]).toEqual([['a', 'c'], '7']);
});

test('what of an object nobody wants is gone before the next page is asked for', async () => {
  const trimmed: string[] = [];
  const before: string[][] = [];
  const pages = [
    { metadata: { resourceVersion: '7', continue: 'x' }, items: named('a', 'b') },
    { metadata: { resourceVersion: '7' }, items: named('c') },
  ];
  const trim = <T extends { readonly metadata: { readonly name: string } }>(object: T): T => {
    trimmed.push(object.metadata.name);
    return { ...object, kind: 'trimmed' };
  };
  const list = await allPages(ConfigMaps, { signal, keep, trim }, async () => {
    before.push([...trimmed]);
    return pages.shift() as never;
  });
  expect(before).toEqual([[], ['a']]);
  expect(list.items.map(({ kind }) => kind)).toEqual(['trimmed', 'trimmed']);
});

test('a list that expires between its pages is asked for in one piece, and nothing is in it twice', async () => {
  const answers = [
    () => ({ metadata: { resourceVersion: '7', continue: 'x' }, items: named('a', 'b') }),
    () => {
      throw new ApiError({ kind: 'gone', code: 410, reason: 'Expired', message: '', request: '' });
    },
    () => ({ metadata: { resourceVersion: '9' }, items: named('a', 'b', 'c') }),
  ];
  const asked: string[] = [];
  const list = await allPages(ConfigMaps, { signal, keep }, async (query) => {
    asked.push(query);
    return answers.shift()?.() as never;
  });
  expect([namesIn(list), list.resourceVersion]).toEqual([['a', 'c'], '9']);
  expect(asked.map((query) => query.includes('limit='))).toEqual([true, true, false]);
});
