import type { ListOptions, ObjectList } from './client.ts';
import { isApiError } from './errors.ts';
import type { KubeObject, ResourceType } from './resource.ts';
import { queryOf, selectionQuery } from './url.ts';
import { filledIn } from './watch-stream.ts';

interface Page<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[] | null;
}

/** Larger pages are no faster, and one page in memory is most of the memory that a start needs. */
const PAGE_SIZE = 100;

/** Requests one page; the argument is the query string. */
type Fetch = (query: string) => Promise<Page<never>>;

/**
 * Lists in pages. All pages show one resource version. If the API server has dropped this version before the last page
 * (410), the list is requested again without pages, as client-go does.
 */
export async function allPages<T extends KubeObject>(
  type: ResourceType<T>,
  options: ListOptions<T>,
  fetch: Fetch,
): Promise<ObjectList<T>> {
  const items: T[] = [];
  let next: string | undefined;
  for (;;) {
    let page: Page<T>;
    try {
      page = await fetch(pageQuery(options, next));
    } catch (error) {
      if (next === undefined || !isApiError(error, 'gone')) throw error;
      page = await fetch(pageQuery(options, undefined, 0));
      items.length = 0;
    }
    for (const item of page.items ?? []) {
      const filled = filledIn(item, type);
      if (options.keep?.(filled) !== false) items.push(options.trim?.(filled) ?? filled);
    }
    next = page.metadata.continue;
    if (!next) return { items, resourceVersion: page.metadata.resourceVersion };
  }
}

function pageQuery<T extends KubeObject>(
  options: ListOptions<T>,
  next: string | undefined,
  pageSize = options.pageSize ?? PAGE_SIZE,
): string {
  // A continue token contains the version. The API server refuses a request that has both.
  const version: Partial<ListOptions<T>> = next === undefined ? options : {};
  return queryOf({
    ...selectionQuery(options),
    limit: pageSize > 0 ? String(pageSize) : undefined,
    continue: next,
    resourceVersion: version.resourceVersion,
    resourceVersionMatch: version.resourceVersionMatch,
  });
}
