import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The folder of the sources, and everything in it: paths are relative to it. */
export const SRC = fileURLToPath(new URL('../../../src', import.meta.url));

/** An import as it stands in a file. */
export interface Import {
  /** The file that imports, as `kube/client.ts`. */
  readonly from: string;
  /** What it imports: a path like {@link from} for a file of ours, else the specifier. */
  readonly to: string;
  readonly isOurs: boolean;
  /** Whether only types are imported, so that nothing is left of it at run time. */
  readonly typesOnly: boolean;
}

/** Every TypeScript file of the sources. */
export function sourceFiles(): readonly string[] {
  const entries = readdirSync(SRC, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'));
  return files.map((entry) => relative(SRC, join(entry.parentPath, entry.name))).sort();
}

/** The text of a file of the sources. */
export function textOf(file: string): string {
  return readFileSync(join(SRC, file), 'utf8');
}

/** What `text`, standing in `file`, imports in any way: statically, dynamically, as a type, or to export it again. */
export function importsOf(file: string, text: string): readonly Import[] {
  const imports: Import[] = [];
  const add = (specifier: string, typesOnly: boolean): void => {
    const isOurs = specifier.startsWith('.');
    imports.push({ from: file, to: isOurs ? join(dirname(file), specifier) : specifier, isOurs, typesOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node))
      add(textOfLiteral(node.moduleSpecifier), node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier)
      add(textOfLiteral(node.moduleSpecifier), node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(textOfLiteral(node.argument.literal), true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(textOfLiteral(node.arguments[0]), false);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true));
  return imports;
}

/** Whether `file` of the sources exists. */
export function exists(file: string): boolean {
  return existsSync(join(SRC, file));
}

function textOfLiteral(node: ts.Node | undefined): string {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : '(computed)';
}
