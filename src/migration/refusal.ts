/** Ways in which a migration alone is refused; what it leaves of a role is among `leftOutCodes`. The list is closed. */
export const migrationCodes = ['TrustPolicyQuota', 'SavedFileRefused', 'TrustWouldGrow'] as const;

export type MigrationCode = (typeof migrationCodes)[number];
