/** Node's options for a process that runs TypeScript of the project: `npm test` has it compiled, for speed; one file that is run by itself takes tsx. */
export const TYPESCRIPT_FLAGS: readonly [string, string] = ['--import', process.env.TRAWL_TEST_LOADER ?? import.meta.resolve('tsx')];
