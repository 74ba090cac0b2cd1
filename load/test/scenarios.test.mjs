import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { it } from 'node:test';
import { parse } from 'yaml';

const readText = (/** @type {string} */ path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const listFiles = (/** @type {string} */ path) => readdirSync(new URL(path, import.meta.url));

/**
 * @typedef {{ function?: string, connect?: { function?: string }, loop?: Step[] }} Step
 * @typedef {{ maxErrorRate: number, conditions?: { expression: string }[], thresholds?: Record<string, number>[] }} Ensure
 * @typedef {{
 *   config: { environments: Record<string, { ensure: Ensure }> },
 *   scenarios: { flow: Step[] }[],
 * }} ScenarioFile
 */

/** The functions of the processor. */
const functions = Object.keys(await import('../processor/index.mjs'));

/** The metrics that the processor emits. */
const metrics = new Set(
  listFiles('../processor').flatMap((file) => readText(`../processor/${file}`).match(/roomcast\.\w+/g) ?? []),
);

for (const file of listFiles('../scenarios')) {
  /** @type {ScenarioFile} */
  const { config, scenarios } = parse(readText(`../scenarios/${file}`));
  /** @type {(flow: Step[]) => Step[]} */
  const flatten = (steps) => steps.flatMap((step) => (step.loop ? [step, ...flatten(step.loop)] : [step]));
  const flow = scenarios.flatMap((scenario) => flatten(scenario.flow));

  it(`${file} calls only existing functions`, () => {
    const called = flow.flatMap((step) => step.function ?? step.connect?.function ?? []);
    assert.ok(called.length > 0);
    assert.deepEqual(
      called.filter((name) => !functions.includes(name)),
      [],
    );
  });

  it(`${file} refers only to existing metrics in its expectations`, () => {
    assert.deepEqual(Object.keys(config.environments), ['local', 'aws']);
    for (const { ensure } of Object.values(config.environments)) {
      assert.ok(ensure.maxErrorRate <= 0.1);
      const { conditions = [], thresholds = [] } = ensure;
      const expected = [
        ...conditions.map(({ expression }) => expression),
        ...thresholds.flatMap(Object.keys),
      ];
      const named = expected.flatMap((expression) => expression.match(/roomcast\.\w+/g) ?? []);
      assert.deepEqual(
        named.filter((name) => !metrics.has(name)),
        [],
      );
    }
  });

  it(`${file} fails on lost messages if it counts them`, () => {
    const countsLosses = flow.some(({ function: name = '' }) =>
      ['reportLostMessages', 'reportLostBroadcasts'].includes(name),
    );
    for (const { ensure } of Object.values(config.environments)) {
      const failsOnLosses = (ensure.conditions ?? []).some(({ expression }) =>
        expression.includes('roomcast.lost == 0'),
      );
      assert.equal(failsOnLosses, countsLosses);
    }
  });
}
