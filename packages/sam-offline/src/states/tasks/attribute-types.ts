import type { JsonObject } from '../../core/service';

/**
 * DynamoDB's attribute types as `aws-sdk:dynamodb` integrations spell them. Step Functions names members after
 * the SDK for Java, so a result holds `{"Bool": true}` where the API says `{"BOOL": true}`, and `Nul`, `Ss`,
 * `Ns`, `Bs` likewise (aws/aws-sdk-js issue 4294, boto/boto3 issue 4253). Arguments may use either spelling.
 */
const API_TO_SDK: Readonly<Record<string, string>> = {
  BOOL: 'Bool',
  NULL: 'Nul',
  SS: 'Ss',
  NS: 'Ns',
  BS: 'Bs',
};
const SDK_TO_API = Object.fromEntries(Object.entries(API_TO_SDK).map(([api, sdk]) => [sdk, api]));

export function attributeTypesForSdk(output: JsonObject): JsonObject {
  return rename(output, API_TO_SDK) as JsonObject;
}

export function attributeTypesForApi(input: JsonObject): JsonObject {
  return rename(input, SDK_TO_API) as JsonObject;
}

/**
 * An object whose only member is such a type, with a boolean or a list of texts in it, is an attribute value: an
 * attribute that merely has such a name holds an object. Parts without one are shared, not copied.
 */
function rename(value: unknown, names: Readonly<Record<string, string>>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const renamed = value.map((element) => rename(element, names));
    return renamed.some((element, index) => element !== value[index]) ? renamed : value;
  }
  const entries = Object.entries(value);
  const [only] = entries;
  if (only && entries.length === 1 && Object.hasOwn(names, only[0]) && isLeaf(only[1])) {
    return { [names[only[0]] as string]: only[1] };
  }
  const renamed = entries.map(([key, member]) => [key, rename(member, names)] as const);
  return renamed.some(([, member], index) => member !== entries[index]?.[1])
    ? Object.fromEntries(renamed)
    : value;
}

function isLeaf(value: unknown): boolean {
  return (
    typeof value === 'boolean' ||
    (Array.isArray(value) && value.every((element) => typeof element === 'string'))
  );
}
