import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { loadTemplate, TemplateError } from '../src/app-model/load-template';
import { FN, load, problemsOf, SAM, withFunction, withProperties } from './fixtures/template/load';

const QUEUE = '  Queue: { Type: AWS::SQS::Queue }\n';

describe('Template: unusual files', () => {
  it.each([
    ['an empty file', '', '1 : The template must be a map of sections'],
    [
      'several documents',
      `Resources:\n${QUEUE}---\na: 1\n`,
      '3 : The file contains more than one YAML document. Move each document to its own file.',
    ],
    ['tabs as indentation', 'Resources:\n\tQueue: {}\n', '2 : Tabs are not allowed as indentation'],
    [
      'deep nesting',
      `Resources:\n  A: ${'['.repeat(5000)}${']'.repeat(5000)}\n`,
      '2 : The value is nested too deeply',
    ],
    [
      'an alias without an anchor',
      'Resources:\n  A: *none\n',
      '2 Resources.A: The anchor &none does not exist',
    ],
  ])('rejects %s', (_what, text, problem) => {
    expect(problemsOf(text)).toContain(problem);
  });

  it.each([
    ['text after a placeholder', 'Resources:\n  A:\n    Name: {name}-x\n    Type: B\n  - C\n  D: : E', 3],
    ['an open brace', `Resources:\n  A:\n    Name: {name-x\n${'    Key: [a, b: c\n'.repeat(20)}`, 4],
  ])('reports one problem for %s', (_what, text, line) => {
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(new RegExp(`^${line} : .*\\. Quote a text that starts with { or \\[\\.$`)),
    ]);
  });

  it('rejects aliases that expand to too many values', () => {
    const lines = [1, 2, 3, 4, 5, 6].map(
      (level) => `L${level}: &l${level} [${`*l${level - 1},`.repeat(10)}]`,
    );
    expect(problemsOf(`L0: &l0 [a]\n${lines.join('\n')}\nResources: {}\n`)).toEqual([
      expect.stringMatching(/^\d L\d\.\d: The aliases expand to more than 100000 values$/),
    ]);
  });

  it('rejects a file that is not in UTF-8', () => {
    const file = join(__dirname, '../../../docs/images/console-frames-dark.png');
    expect(() => loadTemplate({ file })).toThrow(`${file}:1: The template is not valid UTF-8 text`);
  });

  it('reports the correct lines in a file with CRLF line breaks', () => {
    const text = withFunction(
      `${QUEUE}  Other: { Type: AWS::SQS::Queue, Properties: { FifoQueue: maybe } }\n`,
    );
    expect(problemsOf(text.replaceAll('\n', '\r\n'))).toEqual([
      '7 Resources.Other.Properties.FifoQueue: must be true or false, but is "maybe"',
    ]);
  });
});

describe('Template: unusual sections', () => {
  it('rejects sections that are not maps', () => {
    const text = 'Parameters: [a]\nMappings: x\nConditions:\nGlobals: 5\nResources: []\nOutputs: [y]\n';
    expect(problemsOf(text)).toEqual([
      '1 Parameters: The section Parameters must be a map, but is a list',
      '2 Mappings: The section Mappings must be a map, but is "x"',
      '3 Conditions: The section Conditions must be a map, but is empty',
      '4 Globals: The section Globals must be a map, but is 5',
      '5 Resources: The section Resources must be a map, but is a list',
      '6 Outputs: The section Outputs must be a map, but is a list',
    ]);
  });

  // docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
  it('rejects templates with no resources or more than 500 resources', () => {
    expect(problemsOf('Resources: {}\n')).toEqual([
      '1 Resources: Resources must contain at least one resource',
    ]);
    const many = Array.from({ length: 501 }, (_, index) => QUEUE.replace('Queue', `Queue${index}`)).join('');
    expect(problemsOf(`Resources:\n${many}`)).toEqual([
      '1 Resources: The template has 501 resources. CloudFormation allows 500.',
    ]);
  });

  it('rejects parameters without a type or with a default that is not a string', () => {
    expect(
      problemsOf(`Parameters: { A: {}, B: { Type: String, Default: [a] } }\nResources:\n${QUEUE}`),
    ).toEqual(['1 Parameters.A: Type is missing', '1 Parameters.B.Default: must be a string, but is a list']);
  });

  it('rejects transforms that are not strings, and reports their types', () => {
    expect(problemsOf(`Transform: [{}, [a]]\nResources:\n${QUEUE}`)).toEqual([
      '1 Transform: The transform (a map) is not supported',
      '1 Transform: The transform (a list) is not supported',
    ]);
  });

  it('rejects an include that includes itself', () => {
    const include = "  'Fn::Transform': { Name: AWS::Include, Parameters: { Location: more.yaml } }\n";
    expect(problemsOf(`Resources:\n${include}`, { files: { 'more.yaml': `Nested:\n${include}` } })).toContain(
      '2 Nested.Fn::Transform: The file more.yaml includes itself',
    );
  });

  it('rejects loops with too many iterations', () => {
    const list = `[${Array.from({ length: 200 }, (_, index) => index).join(', ')}]`;
    const inner = `{ 'Fn::ForEach::B': [B, ${list}, { 'Q\${A}x\${B}': { Type: AWS::SQS::Queue } }] }`;
    expect(problemsOf(`Resources:\n  'Fn::ForEach::A': [A, ${list}, ${inner}]\n`)).toContain(
      '2 Resources.Fn::ForEach::A: The loops have more than 10000 iterations',
    );
  });
});

describe('Template: unusual resources', () => {
  it.each([
    ['!Ref Fn', '6 Resources.A: A resource must be a map with a Type, but is Ref'],
    ['', '6 Resources.A: Type is missing'],
    ['{ Type: !Sub AWS::SQS::Queue }', '6 Resources.A.Type: Type must be a string, but is Fn::Sub'],
    [
      '{ Type: AWS::SQS::Queue, Condition: !Equals [a, a] }',
      '6 Resources.A.Condition: must be the name of a condition, but is Fn::Equals',
    ],
    [
      '{ Type: AWS::SQS::Queue, DependsOn: [{ a: b }] }',
      '6 Resources.A.DependsOn.0: DependsOn must name resources, but contains a map',
    ],
  ])('rejects the resource %s', (resource, problem) => {
    expect(problemsOf(withFunction(`  A: ${resource}\n`))).toEqual([problem]);
  });

  it('lists all missing resources of DependsOn', () => {
    const queue = '  A: { Type: AWS::SQS::Queue, DependsOn: [B, Fn, C] }\n';
    expect(problemsOf(withFunction(queue)).map((problem) => problem.slice(0, 40))).toEqual([
      '6 Resources.A: DependsOn refers to B, wh',
      '6 Resources.A: DependsOn refers to C, wh',
    ]);
  });

  it('rejects intrinsic functions instead of resources', () => {
    expect(problemsOf(withFunction('  Fn::If: [a, b, c]\n'))).toEqual([
      '6 Resources.Fn::If: Resources must contain resources only, not Fn::If',
    ]);
  });

  it('accepts names that are also inherited properties of JavaScript objects', () => {
    const text = `${SAM}Parameters: { constructor: { Type: String, Default: a } }\nResources:\n${FN}`;
    const queue = '  valueOf: { Type: AWS::SQS::Queue, Properties: { constructor: 1 } }\n';
    const other = '  Other: { Type: constructor, Properties: { A: !GetAtt Fn.constructor } }\n';
    expect(load(text + queue + other).support.resources).toMatchObject([
      { logicalId: 'Fn' },
      { logicalId: 'valueOf', support: 'emulated' },
      { logicalId: 'Other', support: 'unsupported' },
    ]);
  });

  it('reports the problems of a function even if its code is not available', () => {
    expect(problemsOf(withProperties("CodeUri: 's3://bucket/key'\nTimeout: -1\nMemorySize: big"))).toEqual(
      expect.arrayContaining([
        '9 Resources.Fn.Properties.Timeout: must be an integer from 1 to 900, but is "-1"',
        '10 Resources.Fn.Properties.MemorySize: must be an integer from 128 to 10240, but is "big"',
      ]),
    );
  });

  it('writes inline code for a handler in a folder', () => {
    const text =
      "  Fn: { Type: AWS::Serverless::Function, Properties: { Runtime: nodejs24.x, Handler: a/b.c, InlineCode: 'x' } }\n";
    const [fn] = load(`${SAM}Resources:\n${text}`).functions;
    expect(readFileSync(join(fn?.codeUri ?? '', 'a/b.js'), 'utf8')).toBe('x');
  });

  it('rejects a handler that exceeds the length limit of Lambda', () => {
    const text = withFunction('').replace('app.handler', `${'a'.repeat(128)}.b`);
    expect(problemsOf(text)).toContain(
      '5 Resources.Fn.Properties.Handler: must not have more than 128 characters',
    );
  });
});

// docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
describe('Template: policies that IAM rejects', () => {
  const policiesOf = (policy: string) => problemsOf(withProperties(`Policies:\n  - ${policy}`));
  const at = (path: string, message: string) => `9 Resources.Fn.Properties.Policies.0${path}: ${message}`;

  it.each([
    ['5', '', 'must be the name or ARN of a policy, a policy template or a policy document, but is 5'],
    ['Statement: x', '.Statement', 'A statement must be a map, but is "x"'],
    ['Statement: [null]', '.Statement.0', 'A statement must be a map, but is empty'],
    ["Statement: { Action: '*', Resource: '*' }", '.Statement', 'Effect must be Allow or Deny'],
    [
      "Statement: { Effect: Allow, Resource: '*' }",
      '.Statement',
      'A statement must have either Action or NotAction',
    ],
    [
      "Statement: { Effect: Allow, Action: '*' }",
      '.Statement',
      'A statement must have either Resource or NotResource',
    ],
    [
      "Statement: { Effect: Allow, Action: [[a]], Resource: '*' }",
      '.Statement.Action.0',
      'must be a string, but is a list',
    ],
    [
      "Statement: { Effect: Allow, Action: '*', Resource: '*', Condition: { Equals: { a: b } } }",
      '.Statement.Condition.Equals',
      'Equals is not a condition operator of IAM',
    ],
    ['SQSPollerPolicy: x', '.SQSPollerPolicy', 'The parameters of SQSPollerPolicy must be a map'],
    ['SQSPollerPolicy: { QueueName: [] }', '.SQSPollerPolicy.QueueName', 'must be a string, but is a list'],
  ])('rejects %s', (policy, path, message) => {
    expect(policiesOf(policy)).toEqual([at(path, message)]);
  });

  it('accepts every condition operator with prefixes and suffixes', () => {
    const condition =
      '{ Bool: { a: true }, Null: { a: false }, ForAnyValue:StringNotLikeIfExists: { a: [b] } }';
    const statement = `{ Effect: Allow, Action: 'sqs:*', Resource: '*', Condition: ${condition} }`;
    const { findings } = load(withProperties(`Policies:\n  - Statement: [${statement}]`)).support;
    expect(findings).toEqual([]);
  });

  it('rejects statements in the policies of roles', () => {
    const role =
      "  Role: { Type: AWS::IAM::Role, Properties: { Policies: [{ PolicyDocument: { Statement: [{ Effect: allow, Action: '*', Resource: '*' }] } }] } }\n";
    expect(problemsOf(`${withProperties('Role: !GetAtt Role.Arn')}${role}`)).toEqual([
      '9 Resources.Role.Properties.Policies.0.PolicyDocument.Statement.0.Effect: Effect must be Allow or Deny',
    ]);
  });
});

describe('Template: random changes', () => {
  const folder = join(__dirname, 'wild');
  const templates = readdirSync(folder)
    .map((name) => join(folder, name, 'template.yaml'))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'));
  const values = [
    ...[
      null,
      '',
      'x',
      -1,
      true,
      [],
      {},
      [null],
      [[]],
      [{}],
      'constructor',
      '__proto__',
      `$${'{a}'}`,
      's3://x/y',
    ],
    ...[
      { Ref: 'Nope' },
      { Ref: [] },
      { Ref: 'AWS::NoValue' },
      { 'Fn::GetAtt': 'A.B' },
      { 'Fn::Sub': `$${'{A.B}'}` },
    ],
    ...[{ 'Fn::If': [] }, { 'Fn::Select': [9, []] }, { 'Fn::FindInMap': [null] }, { 'Fn::Cidr': 1 }],
    ...[
      { 'Fn::ForEach::X': ['A', ['b'], {}] },
      { 'Fn::Transform': null },
      JSON.parse('{"__proto__":1,"toString":2}'),
    ],
  ];

  /** Replaces or deletes a random value in a template. */
  function change(template: unknown, random: () => number): void {
    const places: [object, string][] = [];
    const visit = (node: unknown) => {
      if (typeof node !== 'object' || node === null) return;
      for (const key of Object.keys(node)) {
        places.push([node, key]);
        visit(node[key as keyof typeof node]);
      }
    };
    visit(template);
    const [parent, key] = places[Math.floor(random() * places.length)] ?? [{}, ''];
    if (random() < 0.2) Reflect.deleteProperty(parent, key);
    else Reflect.set(parent, key, values[Math.floor(random() * values.length)]);
  }

  it('loads every template or reports its problems with line numbers, but without JavaScript values in messages', () => {
    let state = 20_261_123;
    const random = () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return state / 0x80000000;
    };
    const outcomes = { loaded: 0, rejected: 0 };
    for (let round = 0; round < 300; round += 1) {
      const source = templates[round % templates.length] ?? '';
      const template = parseDocument(source.replace(/!(?:GetAtt|Sub|Ref|\w+)(?= )/g, ''), {
        logLevel: 'silent',
      }).toJS();
      change(template, random);
      change(template, random);
      try {
        load(JSON.stringify(template, null, 1));
        outcomes.loaded += 1;
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
        for (const { line, message } of error.problems) {
          expect(line).toBeGreaterThan(0);
          expect(message).not.toMatch(/undefined|\[object|NaN|not a function/);
        }
        outcomes.rejected += 1;
      }
    }
    expect(outcomes).toEqual({ loaded: expect.any(Number), rejected: expect.any(Number) });
    expect(Math.min(outcomes.loaded, outcomes.rejected)).toBeGreaterThan(20);
  });
});
