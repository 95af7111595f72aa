import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import type { Component, ImageFile } from './component.ts';
import type { Platform } from './platform.ts';

/** The packages that have the libraries. */
const PACKAGES = ['libc6', 'libgcc-s1', 'libstdc++6'] as const;

/** What Node.js is linked with, directly or through one of these (`readelf -d`); a name that is missing fails. */
const LIBRARIES = ['libc.so.6', 'libdl.so.2', 'libgcc_s.so.1', 'libm.so.6', 'libpthread.so.0', 'libstdc++.so.6'];

/** Where Debian's own sources stand on a machine that has others, too. */
const DEBIAN_SOURCES = '/etc/apt/sources.list.d/debian.sources';

/**
 * The libraries that Node.js loads, from Debian's packages for `platform`, as this machine's `apt` finds and verifies them. Needs neither
 * root nor a machine of that platform: apt has lists and a state of its own in `cache`.
 */
export function debianLibraries(
  platform: Platform,
  { cache }: { readonly cache: string },
): { readonly files: readonly ImageFile[]; readonly components: readonly Component[] } {
  const apt = new Apt(platform, join(cache, `apt-${platform.architecture}`));
  const folder = mkdtempSync(join(cache, 'unpacked-'));
  try {
    const packages = PACKAGES.map((name) => apt.unpack(name, folder));
    const found = filesByName(folder);
    const content = (name: string) => {
      const path = found.get(name);
      if (path === undefined) throw new Error(`none of the Debian packages ${PACKAGES.join(', ')} has ${name}`);
      return readFileSync(path);
    };
    const libraries = LIBRARIES.map((name) => ({ path: `usr/lib/${platform.triplet}/${name}`, name }));
    const loader = { path: platform.loader, name: basename(platform.loader) };
    // Debian's loader looks in /lib/<triplet> and /usr/lib/<triplet>.
    const files = [...libraries, loader].map(({ path, name }) => ({ path, content: content(name), mode: 0o755 }));
    const components = packages.map(({ name, version }) => ({
      name,
      version,
      purl: `pkg:deb/debian/${encodeURIComponent(name)}@${version}?arch=${platform.architecture}`,
      licenceText: readFileSync(join(folder, 'usr/share/doc', apt.folderOfTexts(name, folder), 'copyright'), 'utf8'),
    }));
    return { files, components };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** This machine's apt, looking for packages of another architecture, with folders of its own. */
class Apt {
  readonly #archives: string;
  readonly #options: readonly string[];

  constructor({ architecture }: Platform, folder: string) {
    if (!existsSync('/usr/bin/apt-get')) {
      throw new Error(
        'the image takes the C and C++ libraries from Debian by apt-get: run `make image` on Debian or Ubuntu',
      );
    }
    this.#archives = join(folder, 'archives');
    for (const name of ['archives', 'state/lists/partial', 'cache']) mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, 'status'), '');
    const settings = {
      'APT::Architecture': architecture,
      'APT::Architectures': architecture,
      'APT::Sandbox::User': 'root',
      'Dir::State': join(folder, 'state'),
      'Dir::State::status': join(folder, 'status'),
      'Dir::Cache': join(folder, 'cache'),
      ...(existsSync(DEBIAN_SOURCES)
        ? { 'Dir::Etc::SourceList': DEBIAN_SOURCES, 'Dir::Etc::SourceParts': '/dev/null' }
        : {}),
    };
    this.#options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    this.#run('update', '-qq');
  }

  /** Fetches a package and unpacks it into `folder`. */
  unpack(name: string, folder: string): { readonly name: string; readonly version: string } {
    const before = new Set(readdirSync(this.#archives));
    for (const old of before) if (old.startsWith(`${name}_`)) rmSync(join(this.#archives, old));
    this.#run('-qq', 'download', name);
    const file = readdirSync(this.#archives).find((each) => each.startsWith(`${name}_`));
    if (file === undefined) throw new Error(`apt-get found no package ${name}`);
    const path = join(this.#archives, file);
    execFileSync('dpkg-deb', ['-x', path, folder]);
    return { name, version: execFileSync('dpkg-deb', ['-f', path, 'Version'], { encoding: 'utf8' }).trim() };
  }

  /** In which folder of `usr/share/doc` the licences of a package are: that of another one where they are made of one source. */
  folderOfTexts(name: string, folder: string): string {
    const path = join(folder, 'usr/share/doc', name);
    if (!lstatSync(path).isSymbolicLink()) return name;
    const other = readlinkSync(path);
    if (!existsSync(join(folder, 'usr/share/doc', other))) this.unpack(other, folder);
    return other;
  }

  #run(...args: readonly string[]): void {
    execFileSync('apt-get', [...this.#options, ...args], {
      cwd: this.#archives,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
}

/** Regular files below `folder`, by name, and links as the files of the same folder that they lead to. */
function filesByName(folder: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) found.set(entry.name, path);
    // Libraries are links to a file with a longer version; the loader's is an absolute one to a file of the same name.
    else if (entry.isSymbolicLink() && !found.has(entry.name)) {
      const target = join(entry.parentPath, readlinkSync(path));
      if (existsSync(target)) found.set(entry.name, target);
    }
  }
  return found;
}
