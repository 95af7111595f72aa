import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Component, ImageFile } from './component.ts';

/** Our licence, and those of all that is in the image, a file each under `usr/share/licenses`. */
export function licencesOf(root: string, components: readonly Component[]): readonly ImageFile[] {
  const ours = ['LICENSE', 'NOTICE'].map((name) =>
    text(`usr/share/licenses/hostport/${name}`, readFileSync(join(root, name), 'utf8')),
  );
  const theirs = components.map(({ name, version, licenceText }) =>
    text(`usr/share/licenses/${name}-${version}/LICENSE`, licenceText),
  );
  return [...ours, ...theirs];
}

/** What programs ask of a machine: who the user of the process is, and where names are looked up. */
export function accounts(): readonly ImageFile[] {
  return [
    text('etc/passwd', 'root:x:0:0:root:/:/nonexistent\nhostport:x:65532:65532:hostport:/:/nonexistent\n'),
    text('etc/group', 'root:x:0:\nhostport:x:65532:\n'),
    text('etc/nsswitch.conf', 'hosts: files dns\n'),
  ];
}

function text(path: string, content: string): ImageFile {
  return { path, content: Buffer.from(content), mode: 0o644 };
}
