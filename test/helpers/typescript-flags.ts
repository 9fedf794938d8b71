/** Node's options for a process that runs TypeScript of the project. `npm test` compiles it, for speed; a test file that is run by itself uses tsx. */
export const TYPESCRIPT_FLAGS: readonly [string, string] = ['--import', process.env.TRAWL_TEST_LOADER ?? import.meta.resolve('tsx')];
