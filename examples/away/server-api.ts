import { AwsClient } from 'aws4fetch';

/** Removes a device of a user. Signs the request with the credentials of the function's role, which Lambda provides. */
export async function removeDevice(userId: string, deviceId: string): Promise<void> {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN, AWS_REGION } = process.env;
  const client = new AwsClient({
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: AWS_SESSION_TOKEN }),
    ...(AWS_REGION === undefined ? {} : { region: AWS_REGION }),
    service: 'execute-api',
    retries: 0, // the next notification tries again
  });
  const url = `${process.env.SERVER_API_URL}/users/${userId}/devices/${deviceId}`;
  const response = await client.fetch(url, { method: 'DELETE' });
  if (!response.ok) throw new Error(`The server API returned ${response.status}: ${await response.text()}`);
}
