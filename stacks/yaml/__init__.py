"""From bytes to trees of plain values. Two dialects: stack files (YAML 1.2 core) and manifests (as kubectl reads)."""
