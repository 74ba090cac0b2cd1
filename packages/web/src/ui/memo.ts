import { Component, createElement, type FunctionComponent } from 'preact';

/** Returns a component that renders again only if `isEqual` returns false for its previous and next properties. */
export function memo<Props extends object>(
  render: FunctionComponent<Props>,
  isEqual: (previous: Props, next: Props) => boolean = isShallowEqual,
) {
  return class extends Component<Props> {
    override shouldComponentUpdate(next: Props): boolean {
      return !isEqual(this.props, next);
    }

    override render() {
      return createElement(render, this.props);
    }
  };
}

export function isShallowEqual<T extends object>(a: T, b: T): boolean {
  for (const key in a) if (a[key] !== b[key]) return false;
  for (const key in b) if (!(key in a)) return false;
  return true;
}
