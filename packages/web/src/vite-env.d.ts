/** Importing an image returns its URL. */
declare module '*.svg' {
  const url: string;
  export default url;
}
