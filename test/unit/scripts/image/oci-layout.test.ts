import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { layerOf } from '../../../../scripts/image/layer.ts';
import { ImageLayout } from '../../../../scripts/image/oci-layout.ts';
import { platforms } from '../../../../scripts/image/platform.ts';

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: string };
  readonly annotations?: Readonly<Record<string, string>>;
}
interface Index {
  readonly manifests: readonly Descriptor[];
}
interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

let folder: string;
let digest: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hostport-image-'));
  const layout = new ImageLayout(folder, { version: '1.2.3', created: new Date('2026-11-27T00:00:00Z') });
  const layer = await layerOf([{ path: 'a', content: Buffer.from('a'), mode: 0o644 }]);
  for (const platform of platforms) layout.add(platform, [layer]);
  digest = layout.finish();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a descriptor names; its digest and its size are checked. */
function blob({ digest: name, size }: Descriptor): Buffer {
  const content = readFileSync(join(folder, 'blobs', name.replace(':', '/')));
  expect([name, size]).toEqual([`sha256:${createHash('sha256').update(content).digest('hex')}`, content.length]);
  return content;
}
const read = (descriptor: Descriptor): unknown => JSON.parse(blob(descriptor).toString());

test('leads from its index to every blob', () => {
  const [named, ...others] = (JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Index).manifests;
  expect(others).toEqual([]);
  expect(named).toMatchObject({ digest, annotations: { 'org.opencontainers.image.ref.name': '1.2.3' } });
  const images = (read(named ?? { digest: '', size: 0 }) as Index).manifests;
  expect(images.map(({ platform }) => platform)).toEqual([
    { architecture: 'amd64', os: 'linux' },
    { architecture: 'arm64', os: 'linux' },
  ]);
  for (const image of images) {
    const { config, layers } = read(image) as Manifest;
    layers.forEach(blob);
    expect(read(config)).toMatchObject({
      architecture: image.platform?.architecture,
      config: { User: '65532:65532', Labels: { 'org.opencontainers.image.version': '1.2.3' } },
      rootfs: { diff_ids: [expect.stringMatching(/^sha256:[0-9a-f]{64}$/)] },
    });
  }
});
