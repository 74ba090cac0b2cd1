export const handler = async ({ number }) => ({ square: number * number });
