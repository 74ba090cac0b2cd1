import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTemplate, TemplateError } from '../src/app-model/load-template';
import { check } from '../src/cli/check';
import { readEnvironmentFiles } from '../src/cli/environment-files';
import { formatFailure } from '../src/cli/format-failure';
import { deletePort, findPort, recordPort } from '../src/cli/running-apps';
import { readSamConfig } from '../src/cli/samconfig';
import { UsageError } from '../src/core/service';
import { overrideEnvironment } from '../src/lambda/override-environment';
import { load, variablesOf, withFunction, withVariables } from './fixtures/template/load';

let folder: string;
let template: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-files-'));
  template = join(folder, 'template.yaml');
});

afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe('samconfig.toml', () => {
  const read = (text: string, environment = 'default') => {
    write('samconfig.toml', text);
    return readSamConfig(template, { environment });
  };

  it('reads parameters from a string and from a list', () => {
    const text = `parameter_overrides = 'Stage="dev 1" ParameterKey=Size,ParameterValue=2'`;
    expect(read(`[default.deploy.parameters]\n${text}`).parameters).toEqual({ Stage: 'dev 1', Size: '2' });
    const list = '[default.deploy.parameters]\nparameter_overrides = ["A=1", "B=2"]';
    expect(read(list).parameters).toEqual({ A: '1', B: '2' });
  });

  it('reads options only from the section sam_offline', () => {
    const options = 'warm = ["Connect", "Post"]\nserve = "/keys=public"\n';
    const none = { parameters: {}, warm: [], served: {} };
    expect(read(`[default.sam_offline.parameters]\n${options}`)).toEqual({
      ...none,
      warm: ['Connect', 'Post'],
      served: { '/keys': join(folder, 'public') },
    });
    expect(read(`[default.global.parameters]\n${options}`)).toEqual(none);
  });

  it('applies the sections in the order global, sam deploy, sam local, sam_offline', () => {
    const section = (name: string, values: string) =>
      `[default.${name}.parameters]\nparameter_overrides = "${values}"\n`;
    const text =
      section('sam_offline', 'D=4') +
      section('local_start_api', 'C=3 D=3') +
      section('global', 'A=1 B=1 C=1 D=1') +
      section('deploy', 'B=2 C=2 D=2');
    expect(read(text).parameters).toEqual({ A: '1', B: '2', C: '3', D: '4' });
  });

  it('reads the name of the file with environment variables', () => {
    expect(read('[default.local_start_api.parameters]\nenv_vars = "vars.json"').envVars).toBe('vars.json');
  });

  it('reads the Region of sam deploy', () => {
    const section = (name: string, region: string) => `[default.${name}.parameters]\nregion = "${region}"\n`;
    expect(read(section('deploy', 'eu-west-2') + section('global', 'us-east-2')).region).toBe('eu-west-2');
    expect(read('[default.deploy.parameters]\nregion = 1').region).toBeUndefined();
  });

  it('selects an environment', () => {
    const text = '[staging.deploy.parameters]\nparameter_overrides = "A=staging"';
    expect(read(text, 'staging').parameters).toEqual({ A: 'staging' });
    expect(read(text).parameters).toEqual({});
  });

  it('can be missing unless an option names the file', () => {
    expect(readSamConfig(template, { environment: 'default' })).toEqual({
      parameters: {},
      warm: [],
      served: {},
    });
    const file = join(folder, 'other.toml');
    expect(() => readSamConfig(template, { file, environment: 'default' })).toThrow(UsageError);
  });

  it.each([
    ['a file that is not TOML', '= 1', 'samconfig.toml cannot be read'],
    [
      'a number',
      '[default.deploy.parameters]\nparameter_overrides = 1',
      'must be a string such as "Key=Value", or a list of such strings',
    ],
    [
      'an invalid pair',
      '[default.deploy.parameters]\nparameter_overrides = "A"',
      'Invalid parameter override "A"',
    ],
    [
      'an invalid list',
      '[default.sam_offline.parameters]\nwarm = [1]',
      'warm must be a string or a list of strings',
    ],
    ['an invalid folder', '[default.sam_offline.parameters]\nserve = "keys"', 'serve "keys" is not valid'],
    [
      'an unknown option of the section for sam-offline',
      '[default.sam_offline.parameters]\nserved = "/keys=public"',
      'sam_offline has no option served. Did you mean serve?',
    ],
  ])('rejects %s', (_what, text, message) => {
    expect(() => read(text)).toThrow(UsageError);
    expect(() => read(text)).toThrow(message);
  });

  it('replaces the defaults only of declared parameters', () => {
    const parameters = 'Parameters: { Stage: { Type: String, Default: prod } }';
    const text = withVariables('STAGE: !Ref Stage', parameters);
    expect(variablesOf(text, { parameterDefaults: { Stage: 'dev', Other: 'x' } })).toEqual({ STAGE: 'dev' });
    const parameterDefaults = { Stage: 'dev' };
    expect(variablesOf(text, { parameterDefaults, parameters: { Stage: 'test' } })).toEqual({
      STAGE: 'test',
    });
  });
});

describe('environment files', () => {
  it('reads .env and the format of the SAM CLI', () => {
    write('.env', '# comment\nA=dotenv\nB="quoted value"\n');
    const file = write('vars.json', '{"Parameters":{"A":"all"},"Fn":{"C":3}}');
    expect(readEnvironmentFiles(template, undefined)).toEqual({
      all: { A: 'dotenv', B: 'quoted value' },
      functions: {},
    });
    expect(readEnvironmentFiles(template, file)).toEqual({
      all: { A: 'all', B: 'quoted value' },
      functions: { Fn: { C: '3' } },
    });
  });

  it.each([
    ['{', 'cannot be read'],
    ['[]', 'must contain a JSON object'],
    ['{"Fn":"A=1"}', 'Fn must be an object of variables and values'],
  ])('rejects %j', (text, message) => {
    const file = write('vars.json', text);
    expect(() => readEnvironmentFiles(template, file)).toThrow(UsageError);
    expect(() => readEnvironmentFiles(template, file)).toThrow(message);
  });

  it('replaces only declared variables, and applies the variables of the function last', () => {
    const [fn] = load(withVariables('AA: a\nBB: b\nCC: c\nDD: d')).functions;
    if (!fn) throw new Error('The template has a function.');
    const all = { AA: '1', BB: '1', CC: '1', EE: '1' };
    const functions: Record<string, Record<string, string>> = {
      Fn: { CC: '3' },
      [fn.name]: { BB: '2', CC: '2' },
      Other: { DD: '4' },
    };
    expect(overrideEnvironment(fn, { all, functions }).environment).toEqual({
      AA: '1',
      BB: '2',
      CC: '3',
      DD: 'd',
    });
  });
});

describe('the record of running applications', () => {
  const before = process.env.SAM_OFFLINE_CACHE;
  beforeEach(() => {
    process.env.SAM_OFFLINE_CACHE = join(folder, 'cache');
  });
  afterEach(() => {
    if (before === undefined) delete process.env.SAM_OFFLINE_CACHE;
    else process.env.SAM_OFFLINE_CACHE = before;
  });

  it('finds the port by the template until the process deletes the record', () => {
    expect(findPort(template)).toBeUndefined();
    recordPort(template, 4000);
    recordPort('/other/template.yaml', 5000);
    expect(findPort(template)).toBe(4000);
    deletePort(template);
    expect(findPort(template)).toBeUndefined();
    expect(findPort('/other/template.yaml')).toBe(5000);
  });
});

describe('check', () => {
  const run = (text: string, options: object = {}) => {
    write('template.yaml', text);
    write('app.js', 'exports.handler = async () => 1');
    const written: string[] = [];
    const spy = jest
      .spyOn(process.stdout, 'write')
      .mockImplementation((line) => written.push(String(line)) > 0);
    const config = { environment: 'default' };
    const result = check({
      template,
      parameters: {},
      values: {},
      config,
      strict: false,
      json: false,
      ...options,
    });
    spy.mockRestore();
    return { result, text: written.join('') };
  };

  it('succeeds and prints the whole table if everything is supported', () => {
    const { result, text } = run(withFunction('  Alarm: { Type: AWS::CloudWatch::Alarm }\n'));
    expect(result).toBe(true);
    expect(text).toMatch(/^Emulated \(name:line\)\n {2}AWS::Serverless::Function {2}Fn:3\n\nInert/);
  });

  it.each([
    ['an unsupported resource', '  Topic: { Type: AWS::SNS::Topic }\n', 'Topic (AWS::SNS::Topic)'],
    [
      'an unsupported property',
      '  Queue: { Type: AWS::SQS::Queue, Properties: { Colour: red } }\n',
      'Queue.',
    ],
    [
      'an unsupported resource policy',
      '  Bus: { Type: AWS::Events::EventBus, Properties: { Name: b, Policy: {} } }\n',
      'Bus.Policy',
    ],
  ])('fails for %s', (_what, resource, message) => {
    const { result, text } = run(withFunction(resource));
    expect(result).toBe(false);
    expect(text).toContain(message);
  });

  it('fills in the default port in the parameters of samconfig.toml', () => {
    const parameter = 'Parameters: { Url: { Type: String, AllowedPattern: "http://localhost:[0-9]+" } }\n';
    write(
      'samconfig.toml',
      '[default.sam_offline.parameters]\nparameter_overrides = "Url=http://localhost:{port}"',
    );
    expect(run(parameter + withFunction('')).result).toBe(true);
  });

  it('prints JSON', () => {
    const { text } = run(withFunction(''), { json: true });
    expect(JSON.parse(text)).toMatchObject({
      type: 'support',
      isFullySupported: true,
      resources: [{ support: 'emulated', logicalId: 'Fn', line: 3 }],
      findings: [],
    });
  });
});

describe('an error that ends the command', () => {
  const failWith = (text: string) => {
    write('template.yaml', text);
    const folderName = `${folder}/`;
    try {
      loadTemplate({ file: template });
    } catch (error) {
      return formatFailure(error as Error).replaceAll(folderName, '');
    }
    throw new Error('The template loaded without an error');
  };

  it('shows the source line of each problem, and suggests a similar property', () => {
    expect(
      failWith(`Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Handlr: app.handler
      Runtime: nodejs24.x
      Timeout: soon
`),
    ).toBe(
      [
        'template.yaml:5: Resources.Fn.Properties: Handler is missing',
        '  5 |     Properties:',
        '    |     ^^^^^^^^^^',
        'template.yaml:6: Resources.Fn.Properties.Handlr: ' +
          'Handlr of AWS::Serverless::Function is not supported. Did you mean Handler?',
        '  6 |       Handlr: app.handler',
        '    |       ^^^^^^',
        'template.yaml:8: Resources.Fn.Properties.Timeout: must be an integer from 1 to 900, but is "soon"',
        '  8 |       Timeout: soon',
        '    |       ^^^^^^^',
      ].join('\n'),
    );
  });

  it('suggests a similar section', () => {
    expect(failWith('Resorces: {}\n')).toBe(
      [
        'template.yaml:1: Resorces: The section Resorces is not supported. Did you mean Resources?',
        '  1 | Resorces: {}',
        '    | ^^^^^^^^',
        'template.yaml:1: Resources is missing',
      ].join('\n'),
    );
  });

  it('shows the line of a syntax error', () => {
    expect(failWith('Resources:\n  Fn: [\n')).toMatch(/^template\.yaml:\d+: .+/);
    expect(failWith('Resources:\n  Fn: "a" b\n')).toMatch(/\n {2}2 \| {3}Fn: "a" b(?:\n|$)/);
  });

  it('has no source line if the file cannot be read, and has a stack trace only for defects', () => {
    const missing = new TemplateError([{ file: 'none.yaml', line: 3, path: 'A', message: 'is wrong' }]);
    expect(formatFailure(missing)).toBe('none.yaml:3: A: is wrong');
    expect(formatFailure(new UsageError('Port in use'))).toBe('Port in use');
    expect(formatFailure(new Error('defect'))).toMatch(/^Error: defect\n +at /);
  });
});
