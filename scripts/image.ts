/**
 * Makes `dist/image`, an OCI image layout with an index for linux/amd64 and linux/arm64, without a container engine and without root.
 * The image has Node.js, the libraries that it loads, the bundle and all licences; no shell, no package manager.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json' with { type: 'json' };
import { bundledPackages } from './image/bundled-packages.ts';
import { debianLibraries } from './image/debian-libraries.ts';
import { layerOf } from './image/layer.ts';
import { nodeProgram } from './image/node-program.ts';
import { ImageLayout } from './image/oci-layout.ts';
import { platforms } from './image/platform.ts';
import { billOfMaterials } from './image/sbom.ts';
import { accounts, licencesOf } from './image/texts.ts';
import type { Component } from './image/component.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'dist/image');
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(process.env['HOME'] ?? root, '.cache'), 'hostport', 'image');

/** When the sources were last changed: two images of one commit are the same (https://reproducible-builds.org/specs/source-date-epoch/). */
function sourceTime(): Date {
  const seconds =
    process.env['SOURCE_DATE_EPOCH'] ??
    execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' });
  return new Date(Number(seconds) * 1000);
}

rmSync(target, { recursive: true, force: true });
mkdirSync(cache, { recursive: true });
const created = sourceTime();
const layout = new ImageLayout(target, { version: packageJson.version, created });
const bundled = bundledPackages(root, 'dist/hostport.meta.json');

for (const platform of platforms) {
  console.log(
    `${platform.architecture}: Node.js ${packageJson.devDependencies.node.replace('^', '')} and its libraries`,
  );
  const node = nodeProgram(platform, { cache, version: installedNodeVersion() });
  const libraries = debianLibraries(platform, { cache });
  const components: readonly Component[] = [node.component, ...libraries.components, ...bundled];
  const base = await layerOf([...node.files, ...libraries.files, ...accounts()]);
  const program = await layerOf([
    { path: 'usr/lib/hostport/hostport.js', content: readFileSync(join(root, 'dist/hostport.js')), mode: 0o755 },
    ...licencesOf(root, components),
  ]);
  const size = layout.add(platform, [base, program]);
  console.log(`${platform.architecture}: ${(size / 2 ** 20).toFixed(1)} MiB compressed`);
  const path = join(root, 'dist', `sbom-${platform.architecture}.cdx.json`);
  writeFileSync(path, billOfMaterials({ version: packageJson.version, created, components }));
}

console.log(`made dist/image: ${packageJson.version}, ${layout.finish()}`);

function installedNodeVersion(): string {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/node/package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
