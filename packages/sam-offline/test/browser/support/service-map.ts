const TRAFFIC = { calls: 1, faults: 0, throttles: 0, errors: 0, p50: 1, p95: 1 };
/** A service map in which `c` calls `a` and itself. */
export const CYCLE = {
  seconds: 60,
  traces: 1,
  nodes: ['a', 'b', 'b2', 'c'].map((id) => ({ id, name: id, kind: 'AWS::Lambda::Function', ...TRAFFIC })),
  edges: ['ab', 'ab2', 'bc', 'ca', 'cb2', 'cc'].map((edge) => ({
    from: edge.slice(0, 1),
    to: edge.slice(1),
    ...TRAFFIC,
  })),
};
