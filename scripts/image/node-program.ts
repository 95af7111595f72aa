import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import integrities from './node-packages.json' with { type: 'json' };
import type { Component, ImageFile } from './component.ts';
import type { Platform } from './platform.ts';

/** Where things are fetched to, and which Node.js. */
export interface NodeChoice {
  readonly cache: string;
  readonly version: string;
}

/**
 * Node.js for `platform`, from the npm package that brings it, whose digest is noted in `node-packages.json`.
 * @throws Error if the registry has another package under that version than the one noted
 */
export function nodeProgram(
  { nodePackage, architecture }: Platform,
  { cache, version }: NodeChoice,
): { readonly files: readonly ImageFile[]; readonly component: Component } {
  const folder = join(cache, `${nodePackage}-${version}`);
  if (!existsSync(folder)) fetchPackage(`${nodePackage}@${version}`, folder);
  const program = readFileSync(join(folder, 'package/bin/node'));
  return {
    files: [{ path: 'usr/bin/node', content: program, mode: 0o755 }],
    component: {
      name: 'node',
      version,
      licence: 'MIT',
      purl: `pkg:npm/${nodePackage}@${version}?arch=${architecture}`,
      licenceText: readFileSync(join(folder, 'package/LICENSE'), 'utf8'),
    },
  };
}

function fetchPackage(spec: string, folder: string): void {
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  console.log(`fetching ${spec}`);
  const answer = execFileSync('npm', ['pack', spec, '--json', '--loglevel=error', '--pack-destination', partial], {
    encoding: 'utf8',
  });
  const [packed] = JSON.parse(answer) as readonly { readonly filename: string; readonly integrity: string }[];
  const noted = (integrities as Readonly<Record<string, string>>)[spec];
  if (packed === undefined) throw new Error(`npm packed nothing of ${spec}`);
  if (packed.integrity !== noted) {
    throw new Error(
      `${spec} has the digest ${packed.integrity}, and scripts/image/node-packages.json notes ${noted ?? 'none'}: ` +
        'write the new one there if Node.js was meant to change',
    );
  }
  execFileSync('tar', ['-xzf', join(partial, packed.filename), '-C', partial, 'package/bin/node', 'package/LICENSE']);
  rmSync(join(partial, packed.filename));
  renameSync(partial, folder);
}
