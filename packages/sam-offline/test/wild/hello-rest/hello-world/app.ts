/** Answers with a greeting. */
export const lambdaHandler = async (event: { path: string; requestContext: { path: string } }) => ({
  statusCode: 200,
  body: JSON.stringify({ message: 'hello world', path: event.path, fullPath: event.requestContext.path }),
});
