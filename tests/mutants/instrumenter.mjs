/** The object that Stryker's instrumented code uses to select the mutant and to count the mutants that each test reaches. */
export const instrumenter = { mutantCoverage: { static: {}, perTest: {} } };
