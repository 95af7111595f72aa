/** Something made by others that is in the image, for its licences and its bill of materials. */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression, where its maker says one. */
  readonly licence?: string;
  /** The package URL, https://github.com/package-url/purl-spec. */
  readonly purl: string;
  /** The text of its licence and notices; more than one file joined. */
  readonly licenceText: string;
}

/** A file of a layer. */
export interface ImageFile {
  /** Without a leading slash. */
  readonly path: string;
  readonly content: Buffer;
  /** The permission bits. */
  readonly mode: number;
}
