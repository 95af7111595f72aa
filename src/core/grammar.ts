/** The form of a word that somebody else writes and that may reach the ledger. */
export interface Grammar {
  readonly pattern: RegExp;
  readonly longest: number;
  /** The name of such a word, with its article. */
  readonly what: string;
  /** What to write, for the message of a refusal. */
  readonly advice: string;
}

const LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const NAME = `${LABEL}(?:[.]${LABEL})*`;
const ENDS = 'with a letter or a digit at each end';

function grammar(pattern: string, longest: number, what: string, advice: string): Grammar {
  return { pattern: new RegExp(`^(?:${pattern})$`), longest, what, advice: `write ${advice}` };
}

/**
 * The words of Kubernetes, as the API server checks them (`k8s.io/apimachinery/pkg/util/validation`). Of owner
 * references it checks only that fields aren't empty; for those, the words are the ones that an object can have.
 */
export const grammars = {
  dnsLabel: grammar(LABEL, 63, 'a DNS label', `lower case letters, digits and "-", ${ENDS}`),
  dnsName: grammar(NAME, 253, 'a DNS name', `lower case letters, digits, "-" and ".", ${ENDS}`),
  portName: grammar(
    `(?=.*[a-z])(?!.*--)${LABEL}`,
    15,
    'the name of a port',
    `at most 15 lower case letters, digits and single "-", at least one letter, ${ENDS}`,
  ),
  kind: grammar('[A-Za-z][-A-Za-z0-9]*', 63, 'a kind', 'letters, digits and "-", like Deployment'),
  apiVersion: grammar(`(?:${NAME}/)?${LABEL}`, 317, 'an API version', 'one like v1 or apps/v1'),
  uid: grammar('[-0-9A-Za-z]+', 64, 'a UID', 'the metadata.uid of the object'),
  /** The kind of a holder: without dashes, which no kind of Hostport has, or an ordinal. */
  holderKind: grammar(
    '[A-Za-z][A-Za-z0-9]*',
    63,
    'a kind that can hold numbers',
    'letters and digits, like Deployment',
  ),
  holderName: grammar(`${NAME}(?:\\[\\d{1,10}\\])?`, 253 + 12, 'the name of an object', 'the name of the object'),
} as const satisfies Readonly<Record<string, Grammar>>;

/** How many characters of a word a message quotes. */
const QUOTED = 80;

/** Whether `text` is a word of `grammar`. */
export function isWord({ pattern, longest }: Grammar, text: string): boolean {
  return text.length <= longest && pattern.test(text);
}

/** What is wrong with `text` in `field`, in a sentence of one line; undefined if nothing is. */
export function wordFault(grammar: Grammar, field: string, text: string): string | undefined {
  if (isWord(grammar, text)) return undefined;
  const quoted = JSON.stringify(text.length > QUOTED ? `${text.slice(0, QUOTED)}…` : text);
  const { longest, what, advice } = grammar;
  return text.length > longest
    ? `${field} ${quoted} has ${text.length} characters: write at most ${longest}`
    : `${field} ${quoted} is not ${what}: ${advice}`;
}
