export * from '../../support/hostport/kubectl.ts';
