import type { JsonObject } from '../../core/service';

/**
 * The attribute type names of the DynamoDB API and of `aws-sdk:dynamodb` integrations. Step Functions uses the member names of
 * the SDK for Java, so results contain `{"Bool": true}` instead of `{"BOOL": true}` (aws/aws-sdk-js issue 4294, boto/boto3
 * issue 4253). Arguments can use either name.
 */
const API_TO_SDK: Readonly<Record<string, string>> = {
  BOOL: 'Bool',
  NULL: 'Nul',
  SS: 'Ss',
  NS: 'Ns',
  BS: 'Bs',
};
const SDK_TO_API = Object.fromEntries(Object.entries(API_TO_SDK).map(([api, sdk]) => [sdk, api]));

/** Converts the type names in a DynamoDB response to the SDK names. */
export function toSdkAttributeTypes(output: JsonObject): JsonObject {
  return renameTypes(output, API_TO_SDK) as JsonObject;
}

/** Converts the type names in a DynamoDB request to the API names. */
export function toApiAttributeTypes(input: JsonObject): JsonObject {
  return renameTypes(input, SDK_TO_API) as JsonObject;
}

/**
 * Renames attribute types. An object is an attribute value if its only member has the name of a type and contains a boolean or
 * a list of strings. If it contains an object, the name is the name of an attribute. Copies only the parts that change.
 */
function renameTypes(value: unknown, names: Readonly<Record<string, string>>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const renamed = value.map((element) => renameTypes(element, names));
    return renamed.some((element, index) => element !== value[index]) ? renamed : value;
  }
  const entries = Object.entries(value);
  const [only] = entries;
  if (only && entries.length === 1 && Object.hasOwn(names, only[0]) && isTypedValue(only[1])) {
    return { [names[only[0]] as string]: only[1] };
  }
  const renamed = entries.map(([key, member]) => [key, renameTypes(member, names)] as const);
  return renamed.some(([, member], index) => member !== entries[index]?.[1])
    ? Object.fromEntries(renamed)
    : value;
}

function isTypedValue(value: unknown): boolean {
  return (
    typeof value === 'boolean' ||
    (Array.isArray(value) && value.every((element) => typeof element === 'string'))
  );
}
