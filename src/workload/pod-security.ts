const ENFORCE = 'pod-security.kubernetes.io/enforce';

/**
 * The label, as `key=value`, by which a namespace forbids host ports; undefined where it doesn't. Pod Security's level
 * baseline does, and restricted, and anything that it doesn't know, which it takes for restricted.
 */
export function forbidsHostPorts(namespaceLabels: Readonly<Record<string, string>> | undefined): string | undefined {
  const level = namespaceLabels?.[ENFORCE];
  return level === undefined || level === 'privileged' ? undefined : `${ENFORCE}=${level}`;
}
