/** Builders of objects for tests, deep-frozen: `aService('hello', exported, port(80))`. */
export * from './objects.js';
export * from './changes.js';
export * from './views.js';
