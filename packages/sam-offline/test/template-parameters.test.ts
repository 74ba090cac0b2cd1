import { parseParameterOverrides } from '../src/app-model/load-template';
import { isFullySupported } from '../src/template/support-table';
import { load, problemsOf, variablesOf, withVariables } from './fixtures/template/load';

function parameter(declaration: string): string {
  return withVariables('VALUE: !Ref P', `Parameters:\n  P: ${declaration}`);
}

describe('Template: parameters', () => {
  it.each([
    ['{ Type: String, Default: a }', undefined, 'a'],
    ['{ Type: String, Default: a }', 'b', 'b'],
    ["{ Type: String, Default: '' }", undefined, ''],
    ['{ Type: Number, Default: 5 }', undefined, '5'],
    ['{ Type: Number, MinValue: 1, MaxValue: 3 }', '3', '3'],
    ["{ Type: String, AllowedPattern: '[a-z]+', MinLength: 2, MaxLength: 3, NoEcho: true }", 'abc', 'abc'],
    ['{ Type: String, AllowedValues: [a, b], Description: d }', 'b', 'b'],
  ])('accepts %s with the value %s', (declaration, given, expected) => {
    const parameters: Record<string, string> = given === undefined ? {} : { P: given };
    expect(variablesOf(parameter(declaration), { parameters })).toEqual({ VALUE: expected });
  });

  it.each([
    ['{ Type: Number }', 'x', '"x" is not a number'],
    ['{ Type: Number, MinValue: 1 }', '0', '"0" violates MinValue 1'],
    ['{ Type: Number, MaxValue: 1 }', '2', '"2" violates MaxValue 1'],
    ['{ Type: String, MinLength: 2 }', 'a', '"a" violates MinLength 2'],
    ['{ Type: String, MaxLength: 2 }', 'abc', '"abc" violates MaxLength 2'],
    ['{ Type: String, AllowedValues: [a, b] }', 'c', '"c" is not one of the allowed values: a, b'],
    ["{ Type: String, AllowedPattern: '[a-z]+' }", 'a1', '"a1" does not match the pattern [a-z]+'],
    ["{ Type: String, AllowedPattern: 'a|b', ConstraintDescription: a or b }", 'ab', '(a or b)'],
    ["{ Type: 'AWS::SSM::Parameter::Value<String>' }", 'a', 'The parameter a has no value here'],
    ['{ Type: Text }', 'a', 'Text is not a parameter type.'],
  ])('rejects %s with the value %s', (declaration, given, message) => {
    const parameters: Record<string, string> = given === undefined ? {} : { P: given };
    const problems = problemsOf(parameter(declaration), { parameters });
    expect(problems).toEqual([expect.stringMatching(/^3 Parameters\.P: /)]);
    expect(problems[0]).toContain(message);
  });

  it.each([
    ['{ Type: String }', 'p'],
    ['{ Type: Number }', '1'],
    ['{ Type: Number, MinValue: 5, MaxValue: 9 }', '5'],
    ['{ Type: Number, MaxValue: 0 }', '0'],
    ['{ Type: String, AllowedValues: [dev, prod] }', 'dev'],
    ['{ Type: String, MinLength: 12, MaxLength: 20 }', 'pxxxxxxxxxxxxxxx'],
    ["{ Type: String, AllowedPattern: '\\d{8}' }", '11111111'],
    ["{ Type: String, AllowedPattern: '[^@]+@.+' }", 'user@example.com'],
    ["{ Type: String, AllowedPattern: '.*[A-Z].*[!].*', MinLength: 16 }", 'Aa1!xxxxxxxxxxxx'],
    ["{ Type: String, AllowedPattern: 'no candidate' }", 'p'],
    ["{ Type: 'AWS::EC2::Subnet::Id' }", 'subnet-0123456789abcdef0'],
    ["{ Type: 'AWS::EC2::SecurityGroup::Id' }", 'sg-0123456789abcdef0'],
  ])('uses a placeholder for %s', (declaration, expected) => {
    expect(variablesOf(parameter(declaration))).toEqual({ VALUE: expected });
  });

  it.each([
    ['AlertEmail', 'user@example.com'],
    ['JwtIssuer', 'https://example.com'],
    ['TopicArn', 'arn:aws:service:us-east-1:123456789012:resource/placeholder'],
    ['Stage', 'stage'],
  ])('uses a placeholder for the parameter %s that matches its name', (name, expected) => {
    const template = withVariables(`VALUE: !Ref ${name}`, `Parameters:\n  ${name}: { Type: String }`);
    expect(variablesOf(template)).toEqual({ VALUE: expected });
  });

  it('lists all parameters without a value and how to set them, and rejects them in strict mode', () => {
    const template = withVariables('VALUE: x', 'Parameters:\n  A: { Type: String }\n  B: { Type: Number }');
    const set = 'Set it with --parameter-overrides A=VALUE B=VALUE';
    const { findings } = load(template).support;
    expect(findings).toMatchObject([
      { kind: 'placeholder', line: 3, path: 'Parameters.A', message: expect.stringContaining(`"a". ${set}`) },
      { kind: 'placeholder', line: 4, path: 'Parameters.B', message: expect.stringContaining(`"1". ${set}`) },
    ]);
    expect(isFullySupported(load(template).support)).toBe(true);
    expect(problemsOf(template, { strict: true })).toHaveLength(2);
  });

  // docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
  it.each([
    ['AWS::EC2::Subnet::Id', 'subnet-1', '!Ref P', 'subnet-1'],
    ['List<AWS::EC2::Subnet::Id>', 'a,b', "!Join ['|', !Ref P]", 'a|b'],
    ['List<String>', 'a,b', "!Join ['|', !Ref P]", 'a|b'],
    ['AWS::SSM::Parameter::Name', '/app/key', '!Ref P', '/app/key'],
    ['AWS::SSM::Parameter::Value<String>', '/app/key', '!Ref P', 'secret,stuff'],
    ['AWS::SSM::Parameter::Value<List<String>>', '/app/key', "!Join ['|', !Ref P]", 'secret|stuff'],
  ])('reads the type %s with the value %s', (type, given, value, expected) => {
    const template = withVariables(`VALUE: ${value}`, `Parameters:\n  P: { Type: '${type}' }`);
    const options = { parameters: { P: given }, values: { '/app/key': 'secret,stuff' } };
    expect(variablesOf(template, options)).toEqual({ VALUE: expected });
  });

  it('splits lists at commas and trims the items', () => {
    const template = withVariables(
      "VALUE: !Join ['|', !Ref P]",
      'Parameters:\n  P: { Type: CommaDelimitedList }',
    );
    expect(variablesOf(template, { parameters: { P: ' a , b,' } })).toEqual({ VALUE: 'a|b|' });
  });

  it('checks each item of a list against AllowedValues', () => {
    const declaration = 'Parameters:\n  P: { Type: CommaDelimitedList, AllowedValues: [a, b] }';
    const template = withVariables("VALUE: !Join ['|', !Ref P]", declaration);
    expect(variablesOf(template, { parameters: { P: 'b,a' } })).toEqual({ VALUE: 'b|a' });
    expect(problemsOf(template, { parameters: { P: 'a,c' } })).toEqual([
      '3 Parameters.P: "c" is not one of the allowed values: a, b',
    ]);
  });

  it('ignores values for undeclared parameters, and warns about them', () => {
    const message = 'The parameter Q is not declared. Its value is ignored.';
    for (const template of [parameter('{ Type: String, Default: a }'), withVariables('FIRST: a')]) {
      expect(load(template, { parameters: { Q: 'b' } }).support.findings).toEqual([
        expect.objectContaining({ kind: 'warning', message }),
      ]);
    }
  });
});

describe('Template: parameter overrides', () => {
  it.each<[string[], Record<string, string>]>([
    [[], {}],
    [['A=1', 'B=x=y'], { A: '1', B: 'x=y' }],
    [['A=1 B=2'], { A: '1', B: '2' }],
    [['A="a b" B=\'c d\''], { A: 'a b', B: 'c d' }],
    [['A=a b'], { A: 'a b' }],
    [['A=a\\ b'], { A: 'a b' }],
    [['A='], { A: '' }],
    [['A={"k":"v"}'], { A: '{"k":"v"}' }],
    [['A=1', 'A=2'], { A: '2' }],
    [['ParameterKey=A,ParameterValue=1', 'ParameterKey=B,ParameterValue="x, y"'], { A: '1', B: 'x, y' }],
    [['ParameterKey=A,ParameterValue=1 ParameterKey=B,ParameterValue=2'], { A: '1', B: '2' }],
    [['Origins=http://a,http://b'], { Origins: 'http://a,http://b' }],
  ])('parses %j', (args, expected) => {
    expect(parseParameterOverrides(args)).toEqual(expected);
  });

  it.each(['novalue', '=x', '--port'])('rejects %s', (arg) => {
    expect(() => parseParameterOverrides([arg])).toThrow(
      `Invalid parameter override ${JSON.stringify(arg)}. Use Key=Value`,
    );
  });
});
