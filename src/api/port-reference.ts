import { z } from 'zod';
import { celText, constrained, quoting } from './rule.ts';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const REFERENCE = `^${LABEL}[.]${LABEL}(\\[[0-9]{1,5}\\])?[.]${LABEL}$`;
const PARTS = /^([^.]+)\.([^.[]+)(?:\[(\d+)\])?\.([^.]+)$/;

/** The target of a reference: a port of a component of a role. */
export interface PortReference {
  readonly role: string;
  readonly component: string;
  /** The index of the pod in the component; absent if none was written, which means pod 0. */
  readonly index?: number;
  readonly port: string;
}

/** The text of a reference: `<role>.<component>.<port>` or `<role>.<component>[i].<port>`. */
export const portReference = constrained(
  z.string().max(200),
  {
    description: 'The port that is meant: <role>.<component>.<port>, or <role>.<component>[i].<port> for another pod.',
  },
  [
    {
      rule: `self.matches(${celText(REFERENCE)})`,
      holds: (text) => new RegExp(REFERENCE).test(text),
      message: quoting(' is no reference: write <role>.<component>.<port>, or <role>.<component>[i].<port>'),
    },
  ],
);

/** Parses a reference; undefined for a text of another form, which {@link portReference} refuses. */
export function parsePortReference(text: string): PortReference | undefined {
  const parts = new RegExp(REFERENCE).test(text) ? PARTS.exec(text) : null;
  if (parts === null) return undefined;
  const [, role = '', component = '', index, port = ''] = parts;
  return { role, component, ...(index === undefined ? {} : { index: Number(index) }), port };
}
