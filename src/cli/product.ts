import product from '../../package.json' with { type: 'json' };
import { imageOf } from '../manifests/index.ts';

/** The version of this program. */
export const PROGRAM_VERSION: string = product.version;

/** The image of this version, which manifests name unless another one is given. */
export const DEFAULT_IMAGE = imageOf(PROGRAM_VERSION);
