/** The OpenAPI document, made of the schemas that the doors parse with and answer in. */
export { openApiDocument } from './document.js';
export { anyJson, binary, named, schemas, type RouteDoc } from './route.js';
