/** The object through which Stryker's instrumented code selects the mutant and counts what each test reaches. */
export const instrumenter = { mutantCoverage: { static: {}, perTest: {} } };
