"""From stacks, state and what is live to a plan."""
