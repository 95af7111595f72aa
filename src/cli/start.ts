/** The entry of the program: nothing that needs a new Node.js is loaded before its version is checked. */
import { nodeFault } from './node-version.ts';

const fault = nodeFault(process.version);
if (fault === undefined) {
  const { main } = await import('./main.ts');
  process.exitCode = await main(process.argv.slice(2), process.env);
} else {
  console.error(fault);
  process.exitCode = 2;
}
