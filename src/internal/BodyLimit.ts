/** The largest body of a webhook that is read unless a program says another, in bytes. */
export const standard = 1_048_576
