// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of placeholders in state machines
import { failureOf, load, problemsOf, withFunction } from './fixtures/template/load';

function machine(properties: string): string {
  return withFunction(
    `  Machine:\n    Type: AWS::Serverless::StateMachine\n    Properties: { ${properties} }\n`,
  );
}

describe('Template: state machines', () => {
  const DONE = '"Done": { "Type": "Succeed" }';

  it('evaluates intrinsic functions and placeholders in inline definitions', () => {
    const properties =
      "Definition: { StartAt: A, States: { A: { Type: Task, Resource: !GetAtt Fn.Arn, Comment: '${Text}', End: true } } }, " +
      'DefinitionSubstitutions: { Text: hello }';
    const app = load(machine(properties));
    expect(app.stateMachines[0]).toMatchObject({ type: 'STANDARD', tracing: false });
    expect(app.stateMachines[0]?.definition).toEqual({
      StartAt: 'A',
      States: { A: { Type: 'Task', Resource: app.functions[0]?.arn, Comment: 'hello', End: true } },
    });
  });

  it('substitutes numbers for placeholders without quotes', () => {
    const files = { 'm.json': `{ "StartAt": "Done", "States": { ${DONE} }, "TimeoutSeconds": \${Limit} }` };
    const app = load(machine('DefinitionUri: m.json, DefinitionSubstitutions: { Limit: 30 }'), { files });
    expect(app.stateMachines[0]?.definition).toMatchObject({ TimeoutSeconds: 30 });
  });

  it('parses YAML definitions', () => {
    const files = {
      'machine.asl.yaml': 'StartAt: Done\nStates:\n  Done: { Type: Succeed, Comment: ${A} }\n',
    };
    const app = load(machine('DefinitionUri: machine.asl.yaml, DefinitionSubstitutions: { A: 3 }'), {
      files,
    });
    expect(app.stateMachines[0]?.definition).toEqual({
      StartAt: 'Done',
      States: { Done: { Type: 'Succeed', Comment: 3 } },
    });
  });

  it.each([
    [
      `{ "StartAt": "Done",\n "Comment": "\${Missing} \${Known}",\n "States": { ${DONE} } }`,
      2,
      'does not contain a value for ${Missing}',
    ],
    [`{ "StartAt": "Done",\n "States": { ${DONE} }\n, }`, 3, 'The definition is not valid JSON'],
    ['{ "Comment": "empty" }', 1, 'The definition must have StartAt and States'],
  ])('rejects the definition %s', (text, line, message) => {
    const properties = 'DefinitionUri: machine.json, DefinitionSubstitutions: { Known: x }';
    const { problems } = failureOf(machine(properties), { files: { 'machine.json': text } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ line, file: expect.stringMatching(/machine\.json$/) });
    expect(problems[0]?.message).toContain(message);
  });

  it('reports the lines of states that the runtime does not emulate', () => {
    const text = `{
  "StartAt": "Notify",
  "States": {
    "Notify": {
      "Type": "Task",
      "Resource": "arn:aws:states:::sns:publish",
      "Credentials": { "RoleArn": "arn:aws:iam::123456789012:role/Other" },
      "Next": "Each"
    },
    "Each": {
      "Type": "Map",
      "ItemProcessor": {
        "ProcessorConfig": { "Mode": "DISTRIBUTED" }, "StartAt": "Inner",
        "States": { "Inner": { "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:getObject", "End": true } }
      },
      "End": true
    }
  }
}`;
    const { support } = load(machine('DefinitionUri: m.json'), { files: { 'm.json': text } });
    expect(
      support.findings.map(({ kind, line, message }) => `${kind} ${line} ${message.slice(0, 70)}`),
    ).toEqual([
      "unsupported 6 state 'Notify': Resource 'arn:aws:states:::sns:publish': service 'sns'",
      "unsupported 7 state 'Notify': Credentials has no effect: the task uses the role of t",
      "unsupported 12 state 'Each': The runtime does not emulate Distributed Map. Use the mo",
      "unsupported 14 state 'Inner': Resource 'arn:aws:states:::aws-sdk:s3:getObject': servi",
    ]);
  });

  it('reports the template lines of states in an inline definition', () => {
    const { support } = load(
      withFunction(`  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: A
        States:
          A:
            Type: Task
            Resource: arn:aws:states:::sns:publish
            End: true
`),
    );
    const [finding] = support.findings;
    expect(finding?.path).toBe('Resources.Machine.Properties.Definition.States.A.Resource');
  });

  it('rejects missing definitions', () => {
    expect(problemsOf(machine('DefinitionUri: nowhere.json'))[0]).toContain(
      'The definition cannot be read: ENOENT',
    );
    expect(problemsOf(machine('Type: EXPRESS'))[0]).toContain('Set either Definition or DefinitionUri');
  });

  it('creates rules for events, and creates dead-letter queues for Type SQS', () => {
    const files = { 'm.json': `{ "StartAt": "Done", "States": { ${DONE} } }` };
    const events = `DefinitionUri: m.json, Events: {
      A: { Type: EventBridgeRule, Properties: { Pattern: { source: [a] }, State: DISABLED, DeadLetterConfig: { Type: SQS } } },
      B: { Type: EventBridgeRule, Properties: { Pattern: { source: [b] }, DeadLetterConfig: { Type: SQS, QueueLogicalId: Lost } } } }`;
    const app = load(machine(events), { files });
    expect(app.queues.map(({ logicalId }) => logicalId)).toEqual(['MachineAQueue', 'Lost']);
    expect(app.rules).toMatchObject([
      { logicalId: 'MachineA', eventBusName: 'default', enabled: false },
      { logicalId: 'MachineB', eventBusName: 'default', enabled: true },
    ]);
    expect(app.rules.map(({ targets }) => targets[0]?.deadLetterArn)).toEqual(
      app.queues.map(({ arn }) => arn),
    );
    const machineArn = app.stateMachines[0]?.arn;
    const statements = [{ Effect: 'Allow', Action: 'states:StartExecution', Resource: machineArn }];
    for (const { targets } of app.rules)
      expect(targets[0]?.role).toMatchObject({ statements, arn: expect.stringContaining(':role/') });
  });

  it('requires and reads the role of a rule that starts executions', () => {
    const files = { 'm.json': `{ "StartAt": "Done", "States": { ${DONE} } }` };
    const rule = (role: string) => `${machine('DefinitionUri: m.json')}  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: { source: [a] }
      Targets: [{ Id: a, Arn: !GetAtt Machine.Arn${role} }]
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies: [{ PolicyName: p, PolicyDocument: { Statement: { Effect: Allow, Action: 'states:*', Resource: '*' } } }]
`;
    const app = load(rule(', RoleArn: !GetAtt Role.Arn'), { files });
    const statements = [{ Effect: 'Allow', Action: 'states:*', Resource: '*' }];
    expect(app.rules[0]?.targets[0]?.role).toMatchObject({ statements });
    expect(problemsOf(rule(''), { files })).toEqual([
      expect.stringMatching(
        /RoleArn is required for target arn:aws:states:eu-west-1:\d+:stateMachine:\S+\.$/,
      ),
    ]);
    const unknown = load(rule(', RoleArn: "arn:aws:iam::123456789012:role/other"'), { files });
    expect(unknown.rules[0]?.targets[0]?.role).toEqual({
      unresolved: ['RoleArn'],
      arn: 'arn:aws:iam::123456789012:role/other',
    });
    expect(unknown.support.findings).toMatchObject([{ kind: 'security' }]);
  });

  it('reports errors that Step Functions would reject, with the lines of the states', () => {
    const inline = `  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: A
        States:
          A: { Type: Pass, Next: B }
          C:
            Type: Wait
            End: true
  Other: { Type: AWS::Serverless::StateMachine, Properties: { DefinitionUri: m.json } }
`;
    const text = JSON.stringify({ StartAt: 'X', Odd: 1, States: { X: { Type: 'Odd' } } }, null, 1);
    expect(problemsOf(withFunction(inline), { files: { 'm.json': text } })).toEqual([
      "9 Resources.Machine.Properties.Definition: state 'A' refers to the state 'B', which does not exist",
      '9 Resources.Machine.Properties.Definition: no terminal state is reachable',
      "13 Resources.Machine.Properties.Definition.States.C: state 'C': the state is unreachable",
      expect.stringMatching(
        /^13 Resources.Machine.Properties.Definition.States.C: state 'C': set one of Seconds/,
      ),
      '1 : Odd is not supported',
      '1 : no terminal state is reachable',
      "5 States.X: state 'X': Type 'Odd' is not supported",
    ]);
  });
});
