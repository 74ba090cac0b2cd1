import type { App } from 'sam-offline';
import { loadApp } from './app';
import { type Bundles, loadBundles } from './bundles';

/** The code that a simulation runs. */
export interface Subject {
  readonly app: App;
  readonly bundles: Bundles;
}

/** Loads the code of this repository. */
export async function loadSubject(): Promise<Subject> {
  return { app: loadApp(), bundles: await loadBundles() };
}
