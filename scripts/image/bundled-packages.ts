import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import type { Component } from './component.ts';

/** What is read of a package's manifest. */
interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

const TEXTS = /^(licen[cs]e|notice|copying)(\.|-|$)/i;

/**
 * The npm packages of which something is in the bundle, by the bundler's own account of it (`metafile`, a path below `root`), sorted by name.
 * @throws Error if one has no text of its licence, or says no licence: it can't be given on
 */
export function bundledPackages(root: string, metafile: string): readonly Component[] {
  const { inputs } = JSON.parse(readFileSync(join(root, metafile), 'utf8')) as Metafile;
  const folders = new Set<string>();
  for (const path of Object.keys(inputs)) {
    const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
    if (folder !== undefined) folders.add(folder);
  }
  return [...folders].sort().map((folder) => componentIn(join(root, folder)));
}

function componentIn(folder: string): Component {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageManifest;
  const texts = readdirSync(folder)
    .filter((file) => TEXTS.test(file))
    .sort();
  if (license === undefined) throw new Error(`${name} ${version} says no licence: leave it out of the bundle`);
  const licenceText =
    texts.length > 0
      ? texts.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n')
      : `${name} ${version} brings no text of its licence, which its package.json says is ${license}.\n${authorOf(folder)}`;
  return { name, version, licence: license, purl: `pkg:npm/${name.replace('@', '%40')}@${version}`, licenceText };
}

function authorOf(folder: string): string {
  const readme = readdirSync(folder).find((file) => /^readme/i.test(file));
  const text =
    readme !== undefined && existsSync(join(folder, readme)) ? readFileSync(join(folder, readme), 'utf8') : '';
  const at = text.search(/^#+ *licen[cs]e/im);
  return at < 0 ? '' : text.slice(at);
}
