"""What the engine and a provider know of each other, and nothing more."""
