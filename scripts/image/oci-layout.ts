import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Layer } from './layer.ts';
import type { Platform } from './platform.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** A blob as another document names it. */
interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** A folder in the OCI image layout (https://github.com/opencontainers/image-spec/blob/main/image-layout.md). */
export class ImageLayout {
  readonly #folder: string;
  readonly #created: string;
  readonly #version: string;
  readonly #images: object[] = [];

  constructor(folder: string, { version, created }: { readonly version: string; readonly created: Date }) {
    this.#folder = folder;
    this.#created = created.toISOString();
    this.#version = version;
    mkdirSync(join(folder, 'blobs/sha256'), { recursive: true });
    writeFileSync(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  }

  /**
   * Adds the image of one platform.
   * @returns what a node has to fetch of it, in bytes
   */
  add({ architecture }: Platform, layers: readonly Layer[]): number {
    const config = this.#storeJson(CONFIG, {
      created: this.#created,
      architecture,
      os: 'linux',
      config: {
        User: '65532:65532',
        Env: ['PATH=/usr/bin', 'NODE_ENV=production'],
        Entrypoint: ['/usr/bin/node', '/usr/lib/hostport/hostport.js'],
        WorkingDir: '/',
        Labels: this.#annotations(),
      },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: layers.map(() => ({ created: this.#created, created_by: 'make image' })),
    });
    const stored = layers.map(({ content }) => this.#store(LAYER, content));
    const manifest = this.#storeJson(MANIFEST, {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config,
      layers: stored,
      annotations: this.#annotations(),
    });
    this.#images.push({ ...manifest, platform: { architecture, os: 'linux' } });
    return stored.reduce((sum, { size }) => sum + size, config.size + manifest.size);
  }

  /**
   * Writes the index of all images.
   * @returns its digest, by which the whole is known
   */
  finish(): string {
    const index = this.#storeJson(INDEX, {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: this.#images,
      annotations: this.#annotations(),
    });
    const named = { ...index, annotations: { 'org.opencontainers.image.ref.name': this.#version } };
    const entry = { schemaVersion: 2, mediaType: INDEX, manifests: [named] };
    writeFileSync(join(this.#folder, 'index.json'), JSON.stringify(entry, undefined, 2));
    return index.digest;
  }

  #annotations(): Readonly<Record<string, string>> {
    const name = (key: string) => `org.opencontainers.image.${key}`;
    return {
      [name('title')]: 'hostport',
      [name('description')]: 'Gives network ports to workloads of Kubernetes',
      [name('version')]: this.#version,
      [name('licenses')]: 'Apache-2.0',
      [name('created')]: this.#created,
    };
  }

  #storeJson(mediaType: string, value: object): Descriptor {
    return this.#store(mediaType, Buffer.from(JSON.stringify(value)));
  }

  #store(mediaType: string, content: Buffer): Descriptor {
    const hex = createHash('sha256').update(content).digest('hex');
    writeFileSync(join(this.#folder, 'blobs/sha256', hex), content);
    return { mediaType, digest: `sha256:${hex}`, size: content.length };
  }
}
