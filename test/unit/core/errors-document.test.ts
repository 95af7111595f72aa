import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { eventReasons } from '../../../src/api/index.ts';
import { refusalCodes } from '../../../src/core/index.ts';
import { heldOtherwise, samples } from './refusal-samples.ts';

const document = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
const [text = '', others = ''] = document.split(/^(?=## Other Events and conditions$)/m);

/** All that the program can say, as its sources write it. */
const src = fileURLToPath(new URL('../../../src/', import.meta.url));
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(src + file, 'utf8'))
  .join('\n');

/** The document's section for each reason: `## Reason (code)`. */
const sections = text
  .split(/^## /m)
  .slice(1)
  .map((section) => {
    const [, reason = '', code = ''] = /^`(\w+)` \((\d+)\)\n/.exec(section) ?? [];
    return { reason, code: Number(code), section };
  });

/** The rows of the table at its beginning. */
const rows = [...text.matchAll(/^\| \[`(\w+)`\]\(#(\S+)\)\s*\| (\d+)\s*\|/gm)].map(
  ([, reason = '', link = '', code = '']) => ({
    reason,
    link,
    code: Number(code),
  }),
);

describe('docs/errors.md', () => {
  test('has a section for each reason of the catalogue, with its code, and no other', () => {
    expect(Object.fromEntries(sections.map(({ reason, code }) => [reason, code]))).toEqual(refusalCodes);
    expect(sections).toHaveLength(Object.keys(refusalCodes).length);
  });

  test('lists each of them in its table, with a link that leads to the section', () => {
    expect(Object.fromEntries(rows.map(({ reason, code }) => [reason, code]))).toEqual(refusalCodes);
    expect(rows).toHaveLength(sections.length);
    for (const { reason, code, link } of rows) expect(link).toBe(`${reason.toLowerCase()}-${code}`);
  });

  test("speaks of no reason that there isn't", () => {
    const named = [...text.matchAll(/`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`/g)].map(([, name = '']) => name);
    const others = [
      'PortPool',
      'PortAllocation',
      'ConfigMap',
      'Disputed',
      'ScopeOverlap',
      'NodePortOverlap',
      'EphemeralOverlap',
      'NodesOverlap',
    ];
    expect(named.filter((name) => !(name in refusalCodes) && !others.includes(name))).toEqual([]);
  });

  test.each(sections)('tells of $reason what it means, shows a message, and what to do', ({ section }) => {
    expect(section).toMatch(/^\*\*Means\*\* \S/m);
    expect(section).toMatch(/^\*\*Do\*\* \S/m);
    expect(examples(section).length).toBeGreaterThan(0);
  });

  test.each(sections)('shows of $reason only messages that Hostport says', ({ reason, section }) => {
    const said = [...Object.values(samples), ...heldOtherwise].filter((sample) => sample.reason === reason);
    expect(said.map(({ message }) => message)).toEqual(expect.arrayContaining(examples(section)));
  });
});

describe('what else is told', () => {
  const words = [...others.matchAll(/^\| `(\w+)` /gm)].map(([, word = '']) => word);

  test('has every reason of an Event that is no refusal', () => {
    expect(words).toEqual(expect.arrayContaining(Object.values(eventReasons)));
  });

  test.each(words)('%s is something that Hostport says', (word) => {
    expect(sources).toContain(`'${word}'`);
  });
});

function examples(section: string): string[] {
  return [...section.matchAll(/^```text\n(.*?)\n```$/gms)].flatMap(([, body = '']) => body.split('\n'));
}
