import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { ImageFile } from './component.ts';

/** A layer of an image, ready to be stored. */
export interface Layer {
  /** The compressed archive. */
  readonly content: Buffer;
  /** The digest of the archive before compression, `sha256:…`, which the image's configuration lists. */
  readonly diffId: string;
}

/** So that layers are the same whenever they are made. */
const NO_TIME = new Date(0);

/** Packs files into a layer. Folders come by themselves; everything belongs to root, and nobody else may write it. */
export async function layerOf(files: readonly ImageFile[]): Promise<Layer> {
  const archive = pack();
  const sorted = [...files].sort((left, right) => (left.path < right.path ? -1 : 1));
  const owner = { uid: 0, gid: 0, uname: '', gname: '', mtime: NO_TIME };
  for (const name of foldersOf(sorted)) archive.entry({ ...owner, name: `${name}/`, type: 'directory', mode: 0o755 });
  for (const { path: name, content, mode } of sorted) archive.entry({ ...owner, name, mode }, content);
  archive.finalize();
  const plain = await buffer(archive);
  return {
    content: gzipSync(plain, { level: 9 }),
    diffId: `sha256:${createHash('sha256').update(plain).digest('hex')}`,
  };
}

function foldersOf(files: readonly ImageFile[]): readonly string[] {
  const folders = new Set<string>();
  for (const { path } of files) {
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) folders.add(folder);
  }
  return [...folders].sort();
}
