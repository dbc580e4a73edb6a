/**
 * Logging people in: OpenID Connect device flow against any issuer, the login kept in the state folder, and its ID token
 * verified against the issuer's keys each time it is used. It decides nothing about what a person may do (src/people).
 * Spec: OpenID Connect Core and Discovery 1.0; RFC 8628 (device flow); RFC 7009 (revocation).
 */
export type { DevicePrompt, Identity, LoginConfig } from './types.js';
export { loginConfig } from './loginConfig.js';
export { deviceLogin, type DeviceLogin } from './deviceLogin.js';
export { currentIdentity, personOf, type Session } from './currentIdentity.js';
export { logout, type LoggedOut } from './logout.js';
export { tokenFile } from './tokenFile.js';
export { discover, jwksUri } from './issuer.js';
export { issuerKeys, verifyIdToken } from './verifyIdToken.js';
