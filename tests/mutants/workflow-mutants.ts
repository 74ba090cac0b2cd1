/** A changed copy of a workflow definition that a test should detect. */
export interface WorkflowMutant {
  /** The path of the changed field, for example `States.Query a page.Retry`. */
  path: string;
  change: string;
  definition: unknown;
}

type Path = readonly (string | number)[];

interface Edit {
  change: string;
  /** The new value. If it is undefined, the field is removed. */
  value?: unknown;
}

/** Fields that do not affect the outcome of an execution. */
const ignoredFields = [
  'Comment',
  'QueryLanguage',
  'Cause',
  'ProcessorConfig',
  'End',
  'Next',
  'StartAt',
  'Type',
];

/** Replacements in expressions. Each replacement is applied once per field. */
const expressionEdits: readonly [RegExp, string][] = [
  [/ > /, ' < '],
  [/ < /, ' > '],
  [/ > 0/, ' > 1'],
  [/ \+ 1/, ' + 0'],
  [/\$sum\(\[([^,]*), \$states\.result[^\]]*\]\)/, '$1'],
  [/\$sum\(\[([^,]*), (\$states\.result[^\]]*)\]\)/, '$sum([$2])'],
  [/\$max\(\[([^,]*), .*\]\)/, '$1'],
  [/\$max\(\[[^,]*, (.*)\]\)/, '$max([0, $1])'],
  [/ \+ \$/, ' - $'],
  [/\.keys \* /, '.keys + '],
  [/\$count\(([^)]*)\) %/, '1 %'],
  [/\$count\(([^)]*)\) > 0/, 'false'],
  [/\$floor\(\$millis\(\) \/ 1000\)/, '0'],
  [/\$millis\(\) - \d+/, '$millis() + 30000'],
  [/\$exists\([^)]*\) \? ([^:]*) : null/, 'null'],
  [/\[\$states\.result\.(?:Payload\.gone|next)\]/, '[]'],
  [/\{% 0 %\}/, '{% 1 %}'],
  [/\{% 1 %\}/, '{% 0 %}'],
  [/: 0 \}/, ': 1 }'],
];

/** Creates every mutant of a workflow definition. */
export function createWorkflowMutants(definition: object): WorkflowMutant[] {
  return visit(definition, []).flatMap(([path, value]) =>
    editsOf(path, value).map(({ change, value: replacement }) => ({
      path: path.join('.'),
      change,
      definition: replace(definition, path, replacement),
    })),
  );
}

function visit(value: unknown, path: Path): [Path, unknown][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]): [Path, unknown][] => {
    const memberPath = [...path, Array.isArray(value) ? Number(key) : key];
    return ignoredFields.includes(key) ? [] : [[memberPath, member], ...visit(member, memberPath)];
  });
}

function editsOf(path: Path, value: unknown): Edit[] {
  const field = path.at(-1);
  if (field === 'Retry' || field === 'Catch') return [{ change: 'removed' }];
  // Without a limit, Step Functions runs 40 iterations of an inline Map concurrently.
  if (field === 'MaxConcurrency')
    return [{ change: value === 40 ? '1 instead' : 'without a limit', value: value === 40 ? 1 : 0 }];
  if (field === 'MaxAttempts' || field === 'TimeoutSeconds') return [{ change: '1 instead', value: 1 }];
  if (field === 'ConditionExpression' || field === 'ReturnValues' || field === 'FilterExpression') {
    return [{ change: 'removed' }];
  }
  if (field === 'failures' && typeof value === 'number') {
    return [{ change: `${1 - value} instead`, value: 1 - value }];
  }
  if (typeof value !== 'string' || !value.startsWith('{%')) return [];
  return expressionEdits
    .filter(([pattern]) => pattern.test(value))
    .map(([pattern, replacement]) => {
      const mutated = value.replace(pattern, replacement);
      return { change: `${pattern.exec(value)?.[0]} → ${replacement}`, value: mutated };
    })
    .filter(({ value: mutated }) => mutated !== value);
}

function replace(definition: object, path: Path, value: unknown): unknown {
  const copy = structuredClone(definition) as Record<string | number, unknown>;
  const parent = path
    .slice(0, -1)
    .reduce<Record<string | number, unknown>>(
      (node, key) => node[key] as Record<string | number, unknown>,
      copy,
    );
  const field = path.at(-1) as string | number;
  if (value === undefined) delete parent[field];
  else parent[field] = value;
  return copy;
}
