"""From a plan to the world: intent before effect, outcome after."""
