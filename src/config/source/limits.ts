/**
 * How much configuration is read. A configuration is written by its owner, yet generated files, wrong
 * paths (`--config disk.img`) and hostile mounts happen: each limit turns them into one clear sentence
 * instead of minutes of work or an exhausted machine.
 */

/** One file. 10,000 routes are about 1.5 MB; a model of 8 MiB takes some 500 MB to build. */
export const FILE_LIMIT_BYTES = 8 * 1024 * 1024;

/** YAML that is not of the simple kind: its reader alone needs some 200 bytes of memory for each of text. */
export const FULL_YAML_LIMIT_BYTES = FILE_LIMIT_BYTES / 2;

/** All files of one load together. */
export const TOTAL_LIMIT_BYTES = 4 * FILE_LIMIT_BYTES;

/** Files in one load; a directory of more is somebody's home directory. */
export const FILE_COUNT_LIMIT = 10_000;

/** The deepest legitimate value lies 8 levels down. */
export const DEPTH_LIMIT = 64;

/** Values in one document once its aliases are written out. Without aliases the file's size is the limit. */
export const EXPANDED_SIZE_LIMIT = 500_000;

/** Of one load. With so many it takes four seconds and some 700 MB; twice as many would take twice that. */
export const ROUTE_LIMIT = 100_000;

/** Texts, numbers, lists and maps of one load; 90,000 routes of the usual kind have so many. */
export const VALUE_LIMIT = 1_000_000;

/** Syntax errors shown per file: after a few, the rest are consequences of the first. */
export const SYNTAX_ERROR_LIMIT = 5;
