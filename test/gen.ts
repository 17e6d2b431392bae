/** Builders of objects for tests, deep-frozen: `aService('hello', exported, port(80))`. */
export * from './gen/objects.js';
export * from './gen/changes.js';
export * from './gen/views.js';
