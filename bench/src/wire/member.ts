// The members that presence is measured with: the same information about each, whoever keeps it.

/** The user with this number. */
export const memberName = (index: number): string => `user-${index}`

/** What is told about a user. */
export const memberInfo = (user: string): { readonly name: string; readonly status: string } => ({
  name: user,
  status: 'online',
})
