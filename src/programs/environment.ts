/** What a program needs to run at all; the rest of our environment may hold what is no business of a stranger's scenario. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'TMP',
  'TEMP',
];

/** The environment of a program: what it needs to run, then what is added, the last word first. */
export function programEnvironment(...added: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const passedOn = PASSED_ON.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  // Without it Python keeps what it prints to itself until 8 KiB have come together.
  return Object.assign({ PYTHONUNBUFFERED: '1' }, Object.fromEntries(passedOn), ...added);
}
