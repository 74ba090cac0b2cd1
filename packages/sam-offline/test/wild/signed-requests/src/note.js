const https = require('node:https');
const sign = require('./sign');

const region = process.env.AWS_REGION;

/** Sends a signed request, and calls back with the status and the body. */
function send(options, callback) {
  const request = https.request(sign({ region, ...options }), (response) => {
    let body = '';
    response.on('data', (chunk) => (body += chunk));
    response.on('end', () => callback(response.statusCode === 200 ? null : new Error(body)));
  });
  request.on('error', callback);
  request.end(options.body);
}

exports.handler = (event, _context, callback) => {
  const { apiId, stage, connectionId, requestId } = event.requestContext;
  const { text } = JSON.parse(event.body);
  const put = {
    service: 'dynamodb',
    host: `dynamodb.${region}.amazonaws.com`,
    path: '/',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.PutItem' },
    body: JSON.stringify({ TableName: process.env.TABLE, Item: { id: { S: requestId }, text: { S: text } } }),
  };
  send(put, (putError) => {
    if (putError) return callback(putError);
    const post = {
      service: 'execute-api',
      host: `${apiId}.execute-api.${region}.amazonaws.com`,
      path: `/${stage}/@connections/${encodeURIComponent(connectionId)}`,
      headers: {},
      body: `saved: ${text}`,
    };
    send(post, (postError) => callback(postError, { statusCode: 200 }));
  });
};
