import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { extract } from 'tar-stream';
import type { Header } from 'tar-stream';
import type { ImageFile } from '../../../../scripts/image/component.ts';
import { layerOf } from '../../../../scripts/image/layer.ts';

const files: readonly ImageFile[] = [
  { path: 'usr/bin/node', content: Buffer.from('node'), mode: 0o755 },
  { path: 'etc/passwd', content: Buffer.from('root'), mode: 0o644 },
  { path: 'usr/lib/a', content: Buffer.from('a'), mode: 0o644 },
];

/** The entries of a compressed archive, in order. */
async function entriesOf(content: Buffer): Promise<readonly Header[]> {
  const archive = extract();
  archive.end(gunzipSync(content));
  const entries: Header[] = [];
  for await (const entry of archive) {
    entries.push(entry.header);
    entry.resume();
  }
  return entries;
}

test('a layer has its files below their folders, all of root, none from any time', async () => {
  const entries = await entriesOf((await layerOf(files)).content);
  expect(entries.map(({ name, mode }) => [name, mode])).toEqual([
    ['etc/', 0o755],
    ['usr/', 0o755],
    ['usr/bin/', 0o755],
    ['usr/lib/', 0o755],
    ['etc/passwd', 0o644],
    ['usr/bin/node', 0o755],
    ['usr/lib/a', 0o644],
  ]);
  for (const { uid, gid, mtime } of entries) expect([uid, gid, mtime]).toEqual([0, 0, new Date(0)]);
});

test('a layer is the same whatever the order of its files', async () => {
  expect(await layerOf(files)).toEqual(await layerOf(files.toReversed()));
});

test('a layer is known by the digest of what is in it', async () => {
  const { content, diffId } = await layerOf(files);
  expect(diffId).toBe(`sha256:${createHash('sha256').update(gunzipSync(content)).digest('hex')}`);
});
