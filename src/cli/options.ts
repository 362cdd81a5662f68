/** How options that are given several times, or as a list, are read. */

export const collect = (value: string, all: readonly string[]): readonly string[] => [...all, value];

export const list = (value: string, all: readonly string[]): readonly string[] => [
  ...all,
  ...value.split(',').filter((word) => word !== ''),
];
