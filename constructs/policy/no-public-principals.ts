import { openingsOf } from "./openings";
import type { PolicyRule } from "./rule";

export const noPublicPrincipals: PolicyRule = {
  id: "no-public-principals",
  why: "data and jobs are given to roles, not to everybody",
  violation: ({ type, attributes }) => {
    const [first] = openingsOf(type, attributes);
    if (first === undefined) return undefined;
    return first.why === "wide"
      ? `${first.what} of ${type} is given to "${first.to}"; name the privileges that it needs`
      : `${first.what} of ${type} is given to "${first.to}", which is everybody; name a group of your own`;
  },
};
