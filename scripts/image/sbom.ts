import type { Component } from './component.ts';

/** What a bill of materials is of. */
export interface Contents {
  readonly version: string;
  readonly created: Date;
  readonly components: readonly Component[];
}

/**
 * What an image is made of, as CycloneDX 1.6 in JSON (https://cyclonedx.org/docs/1.6/json/), for scanners of vulnerabilities. Without a
 * serial number: two of one commit are the same.
 */
export function billOfMaterials({ version, created, components }: Contents): string {
  const hostport = { type: 'application', 'bom-ref': 'hostport', name: 'hostport', version };
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: created.toISOString(),
      component: { ...hostport, licenses: [{ license: { id: 'Apache-2.0' } }] },
    },
    components: components.map(({ name, version: of, licence, purl }) => ({
      type: 'library',
      'bom-ref': purl,
      name,
      version: of,
      purl,
      ...(licence === undefined ? {} : { licenses: [licenceEntry(licence)] }),
    })),
    dependencies: [{ ref: 'hostport', dependsOn: components.map(({ purl }) => purl) }],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** One licence by its SPDX name, more of them as an expression. */
function licenceEntry(licence: string): object {
  return /\s/.test(licence) ? { expression: licence.replace(/^\((.*)\)$/, '$1') } : { license: { id: licence } };
}
