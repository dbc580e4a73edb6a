/** Written into every record's provenance. */
export const SDK = 'ghost-js/0.1.0';
