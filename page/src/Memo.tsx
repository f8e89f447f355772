/**
 * What is drawn again only if it has changed.
 */
import { Component, createElement } from "preact"
import type { FunctionComponent } from "preact"

/** A component that is drawn again only if one of its props is another. */
export const memo = <P extends object>(of: FunctionComponent<P>): FunctionComponent<P> => {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const [before, now] = [this.props as P, next as P]
      const keys = new Set([...Object.keys(before), ...Object.keys(now)]) as Set<keyof P>
      return [...keys].some((key) => before[key] !== now[key])
    }
    override render() {
      return createElement(of, this.props as P)
    }
  }
  // A class is used in JSX as a function is, and its callers need not know.
  return Memo as unknown as FunctionComponent<P>
}
