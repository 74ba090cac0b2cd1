import { load } from './fixtures/template/load';

const TEMPLATE = `
Parameters:
  Hosts: { Type: String, Default: "true", AllowedValues: ["true", "false"] }
Conditions:
  Hosts: !Equals [!Ref Hosts, "true"]
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
  Files: { Type: AWS::S3::Bucket, Condition: Hosts }
  FilesPolicy: { Type: AWS::S3::BucketPolicy, Condition: Hosts, Properties: { Bucket: !Ref Files } }
  Access: { Type: AWS::CloudFront::OriginAccessControl, Condition: Hosts }
  Headers: { Type: AWS::CloudFront::ResponseHeadersPolicy, Condition: Hosts }
  Rewrite: { Type: AWS::CloudFront::Function, Condition: Hosts }
  Site:
    Type: AWS::CloudFront::Distribution
    Condition: Hosts
    Properties: { Origin: !GetAtt Files.RegionalDomainName, Access: !GetAtt Access.Id, Headers: !Ref Headers, Rewrite: !GetAtt Rewrite.FunctionARN }
Outputs:
  Bucket: { Condition: Hosts, Value: !Ref Files }
  BucketArn: { Condition: Hosts, Value: !GetAtt Files.Arn }
  Origin: { Condition: Hosts, Value: !GetAtt Files.RegionalDomainName }
  Page: { Condition: Hosts, Value: !Sub "https://\${Site.DomainName}" }
  Distribution: { Condition: Hosts, Value: !Ref Site }
  Hosted: { Value: !If [Hosts, !Ref Site, nowhere] }
`;

describe('Template: hosting resources', () => {
  const valuesOf = (parameters: Record<string, string>) =>
    Object.fromEntries(load(TEMPLATE, { parameters }).outputs.map(({ key, value }) => [key, value]));

  it('accepts hosting resources and resolves references to them', () => {
    const values = valuesOf({});
    expect(values.Bucket).toMatch(/^local-files-[a-z0-9]{12}$/);
    expect(values).toEqual({
      Bucket: values.Bucket,
      BucketArn: `arn:aws:s3:::${values.Bucket}`,
      Origin: `${values.Bucket}.s3.eu-west-1.amazonaws.com`,
      Page: expect.stringMatching(/^https:\/\/d[a-z0-9]{13}\.cloudfront\.net$/),
      Distribution: expect.stringMatching(/^E[A-Z0-9]{13}$/),
      Hosted: values.Distribution,
    });
  });

  it('omits hosting resources with a condition that is false', () => {
    expect(valuesOf({ Hosts: 'false' })).toEqual({ Hosted: 'nowhere' });
  });
});
