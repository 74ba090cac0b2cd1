const { createHash, createHmac } = require('node:crypto');

const hash = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

/** Signs a GET request with the credentials of the function (Signature Version 4). */
function sign(url) {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION } = process.env;
  const time = new Date().toISOString().replace(/[:-]|\.\d{3}/g, '');
  const headers = { host: new URL(url).host, 'x-amz-date': time, 'x-amz-security-token': AWS_SESSION_TOKEN };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const request = ['GET', '/', '', lines.join(''), names, hash('')].join('\n');
  const scope = [time.slice(0, 8), AWS_REGION, 'lambda', 'aws4_request'];
  const key = scope.reduce(hmac, `AWS4${AWS_SECRET_ACCESS_KEY}`);
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), hash(request)].join('\n');
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const credential = `Credential=${AWS_ACCESS_KEY_ID}/${scope.join('/')}`;
  const { host, ...rest } = headers;
  return {
    ...rest,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

exports.greet = async ({ rawPath, queryStringParameters }) => {
  const response = await fetch(process.env.NAME_URL, { headers: sign(process.env.NAME_URL) });
  const { name, caller } = await response.json();
  return { greeting: `${queryStringParameters.word} ${name}`, rawPath, isSigned: caller !== undefined };
};

exports.name = async ({ requestContext: { authorizer } }) => ({
  name: 'Ada',
  caller: authorizer.iam.userArn,
});
