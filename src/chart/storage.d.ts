/**
 * The storage in which class-transformer keeps the facts of its decorators; the package exports it, but without
 * types.
 */
declare module 'class-transformer/cjs/storage.js' {
  export const defaultMetadataStorage: import('class-transformer/types/MetadataStorage.js').MetadataStorage;
}
