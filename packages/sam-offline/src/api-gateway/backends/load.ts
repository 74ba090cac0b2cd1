import type { MappedIntegration } from '../model';
import type { Backend } from './types';

/** Loads the backend of an integration type on first use. */
export async function loadBackend(type: MappedIntegration['type']): Promise<Backend> {
  switch (type) {
    case 'AWS':
      return (await import('./services')).awsBackend;
    case 'MOCK':
      return (await import('./mock')).mockBackend;
    default:
      return (await import('./http')).httpBackend;
  }
}
