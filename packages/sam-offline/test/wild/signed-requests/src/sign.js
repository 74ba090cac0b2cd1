const { createHash, createHmac } = require('node:crypto');

const hash = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

/** Signs a request with Signature Version 4: docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html */
module.exports = ({ service, region, host, path, headers, body }) => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const all = { ...headers, host, 'x-amz-date': date, 'x-amz-security-token': AWS_SESSION_TOKEN };
  const names = Object.keys(all).sort();
  const canonicalPath = path.split('/').map(encodeURIComponent).join('/');
  const canonicalHeaders = names.map((name) => `${name}:${all[name]}\n`).join('');
  const signed = names.join(';');
  const canonical = ['POST', canonicalPath, '', canonicalHeaders, signed, hash(body)].join('\n');
  const scope = [date.slice(0, 8), region, service, 'aws4_request'].join('/');
  const key = scope.split('/').reduce((last, part) => hmac(last, part), `AWS4${AWS_SECRET_ACCESS_KEY}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', date, scope, hash(canonical)].join('\n')).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${AWS_ACCESS_KEY_ID}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
  return { host, path, method: 'POST', headers: { ...all, authorization } };
};
