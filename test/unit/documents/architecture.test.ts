import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const root = new URL('../../../', import.meta.url);
const text = readFileSync(new URL('docs/architecture.md', root), 'utf8');
const isThere = (path: string): boolean => existsSync(new URL(path, root));

/** A room that a journey enters, and the files of it that are to be read. */
interface Step {
  readonly room: string;
  readonly files: readonly string[];
}

/** The rows of the journey called `title`. */
function stepsOf(title: string): readonly Step[] {
  const [, section = ''] = text.split(`### ${title}\n`);
  const rows = (section.split(/\n##/)[0] ?? '').matchAll(/^\| `([^`]+)` +\| ([^|]+)\|/gm);
  return [...rows].map(([, room = '', files = '']) => ({
    room,
    files: [...files.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file),
  }));
}

const journeys = [...text.matchAll(/^### (.+)$/gm)].map(([, title = '']) => title);

test('there are three journeys', () => {
  expect(journeys).toEqual(['An allocation', "A pod's creation", "A set's scale-up"]);
});

describe.each(journeys)('%s', (title) => {
  const steps = stepsOf(title);

  test('enters each room once', () => {
    const rooms = steps.map(({ room }) => room);
    expect(rooms.length).toBeGreaterThan(5);
    expect(rooms.filter((room, at) => rooms.indexOf(room) !== at)).toEqual([]);
  });

  test('leads along files that are there', () => {
    const paths = steps.flatMap(({ room, files }) => files.map((file) => `src/${room}/${file}`));
    expect(paths.filter((path) => !isThere(path))).toEqual([]);
    expect(steps.filter(({ files }) => files.length === 0)).toEqual([]);
  });
});

test('every path that is named is there', () => {
  const paths = [...text.matchAll(/`((?:src|test|docs)\/[^`\s…<]*)`/g)].map(([, path = '']) => path);
  expect(paths.length).toBeGreaterThan(10);
  expect(paths.filter((path) => !isThere(path))).toEqual([]);
});
